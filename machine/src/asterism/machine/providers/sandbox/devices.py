"""Devices that root in a node must not open: the host's disks, its memory, its kernel log.

On version 1 of control groups the device controller refuses them. Version 2 has none; a program
on the node's group answers each mknod and open instead (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE).

Making the files stays allowed, because container runtimes give every container the right to. And
it is no list of what is allowed, because below such a one no container can be privileged.
"""

import ctypes
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asterism.errors import ProvisionError

BLOCK: Final = 1  # BPF_DEVCG_DEV_BLOCK and _CHAR, <linux/bpf.h>
CHARACTER: Final = 2


@dataclass(frozen=True, slots=True)
class Devices:
    """Devices of one kind; without a number, all of them."""

    kind: int
    major: int | None = None
    minor: int | None = None

    @property
    def rule(self) -> str:
        """The line for `devices.deny` that refuses reading and writing."""
        letter = "b" if self.kind == BLOCK else "c"
        major, minor = ("*" if n is None else n for n in (self.major, self.minor))
        return f"{letter} {major}:{minor} rw"


DENIED: Final = (
    Devices(BLOCK),
    Devices(CHARACTER, 1, 1),  # /dev/mem
    Devices(CHARACTER, 1, 2),  # /dev/kmem
    Devices(CHARACTER, 1, 4),  # /dev/port
    Devices(CHARACTER, 1, 11),  # /dev/kmsg
    Devices(CHARACTER, 4),  # terminals and serial lines
    Devices(CHARACTER, 10, 234),  # /dev/btrfs-control
    Devices(CHARACTER, 10, 236),  # /dev/mapper/control
    Devices(CHARACTER, 10, 237),  # /dev/loop-control
)

SYS_BPF: Final = 321  # x86-64; glibc has no wrapper
PROG_LOAD: Final = 5
PROG_ATTACH: Final = 8
PROG_TYPE_CGROUP_DEVICE: Final = 15
CGROUP_DEVICE: Final = 6
ALLOW_MULTI: Final = 2
"""Programs of groups below, systemd's and container runtimes', are asked as well."""
LICENCE: Final = b"Apache-2.0\0"
READ_OR_WRITE: Final = 6 << 16
Instruction = tuple[int, int, int, int]
"""struct bpf_insn: code, registers (source << 4 | destination), offset, immediate."""

_libc = ctypes.CDLL(None, use_errno=True)


def deny_v1(group: Path) -> None:
    """Refuse them to a group of the version 1 device controller. Raises OSError."""
    for devices in DENIED:
        (group / "devices.deny").write_text(devices.rule)


def deny_v2(group: Path) -> None:
    """Refuse them to a version 2 group for as long as it is there.

    Raises ProvisionError MCH-018 when the kernel takes no such program.
    """
    try:
        _attach(group)
    except OSError as exc:
        raise ProvisionError("MCH-018", f"devices cannot be kept from {group}: {exc}") from exc


def _attach(group: Path) -> None:
    program = _load(_program())
    try:
        folder = os.open(group, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _bpf(PROG_ATTACH, struct.pack("<IIII", folder, program, CGROUP_DEVICE, ALLOW_MULTI))
        finally:
            os.close(folder)
    finally:
        os.close(program)


def _program() -> list[Instruction]:
    """r1 leads to access << 16 | kind, major, minor (struct bpf_cgroup_dev_ctx); r0 is the answer.

    In the code: r2 is the access, r3 the kind, r4 and r5 the numbers.
    """
    allow: list[Instruction] = [(0xB7, 0x00, 0, 1), (0x95, 0, 0, 0)]  # r0 = 1; exit
    code: list[Instruction] = [
        *((0x61, 0x12, 0, 0), (0x61, 0x14, 4, 0), (0x61, 0x15, 8, 0)),  # load r2, r4, r5
        *((0xBC, 0x23, 0, 0), (0x54, 0x03, 0, 0xFFFF)),  # r3 = r2 & 0xffff
        *((0x54, 0x02, 0, READ_OR_WRITE), (0x55, 0x02, 2, 0)),  # mere making is allowed
        *allow,
    ]
    for devices in DENIED:
        code += _refusal(devices)
    return code + allow


def _refusal(devices: Devices) -> list[Instruction]:
    """Refuse if all numbers are equal; go on behind this at the first that differs."""
    wanted = ((0x03, devices.kind), (0x04, devices.major), (0x05, devices.minor))
    tests = [(register, number) for register, number in wanted if number is not None]
    jumps = [
        (0x55, register, len(tests) + 1 - at, number) for at, (register, number) in enumerate(tests)
    ]
    return [*jumps, (0xB7, 0x00, 0, 0), (0x95, 0, 0, 0)]  # r0 = 0; exit


def _load(program: list[Instruction]) -> int:
    """The program's descriptor (union bpf_attr of BPF_PROG_LOAD: its first members)."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("<BBhi", *i) for i in program))
    licence = ctypes.create_string_buffer(LICENCE)
    where = (ctypes.addressof(code), ctypes.addressof(licence))
    head = struct.pack("<IIQQ", PROG_TYPE_CGROUP_DEVICE, len(program), *where)
    return _bpf(PROG_LOAD, head.ljust(48, b"\0"))


def _bpf(command: int, attributes: bytes) -> int:
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    result = int(_libc.syscall(SYS_BPF, command, buffer, len(attributes)))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), "bpf")
    return result
