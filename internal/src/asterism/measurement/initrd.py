"""The initrd as the kernel gets it from systemd-stub: the UKI's own, then one small archive more.

systemd-stub(7) 257, section "Companion files": the stub gives the os-release section to the initrd
as /.extra/os-release. The archive is in cpio's `newc` form (Linux, "initramfs buffer format") with
the stub's fixed modes, numbers and times; every archive begins at a multiple of 4 bytes.
"""

from typing import Final

MAGIC: Final = "070701"
DIRECTORY_MODE: Final = 0o040555
FILE_MODE: Final = 0o100444
TRAILER: Final = b"07070100000000000000000000000000000000000000010000000000000000" + (
    b"000000000000000000000000000000000000000B00000000TRAILER!!!" + bytes(4)
)
"""The stub writes this one with a capital B, and all other numbers in small letters."""


def as_loaded(initrd: bytes, os_release: bytes) -> bytes:
    """Give what the kernel loads, and measures into PCR 9."""
    return _padded(initrd) + _archive(os_release)


def _archive(os_release: bytes) -> bytes:
    return (
        _entry(".extra", 1, DIRECTORY_MODE, b"")
        + _entry(".extra/os-release", 2, FILE_MODE, os_release)
        + TRAILER
    )


def _entry(name: str, inode: int, mode: int, content: bytes) -> bytes:
    """Give one entry: inode, mode, owner, group, links, time, size, devices, name size, check."""
    raw_name = name.encode() + b"\0"
    fields = (inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(raw_name), 0)
    header = MAGIC + "".join(f"{field:08x}" for field in fields)
    return _padded(header.encode() + raw_name) + _padded(content)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
