"""Boot a unified kernel image for real and write down what it extended into the TPM.

QEMU's TPM emulator protocol (docs/specs/tpm.rst): QEMU hands swtpm a socket for TPM commands over
the control socket. This program relays the control socket, keeps QEMU's end of the command socket,
and gives swtpm another one, so that every command passes through it.
"""

import argparse
import json
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from asterism.machine.makers import MakerStore
from asterism.machine.makers.tpm import TpmMaker
from asterism.machine.vtpm.manufacture import manufacture
from asterism.measurement.boot_events import PHASES, phases
from asterism.measurement.pcr import PcrBank
from asterism.measurement.uki import Uki
from asterism.tpm.constants import DIGEST_SIZE, Alg, Command
from asterism.tpm.wire import Reader

DATA = Path(__file__).parents[4] / "internal/tests/measurement/data"
OVMF = Path("/usr/share/OVMF")
RECORDED = (4, 9, 11, 12)
PATIENCE = 600.0

Extend = tuple[int, bytes]


class Tap:
    """Stands between QEMU and swtpm and notes the extends of the SHA-256 bank."""

    def __init__(self, path: Path, swtpm_control: Path, until: Extend) -> None:
        self.extends: list[Extend] = []
        self.reached = threading.Event()
        self._until = until
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._swtpm = socket.socket(socket.AF_UNIX)
        self._swtpm.connect(str(swtpm_control))
        threading.Thread(target=self._relay_control, daemon=True).start()

    def _relay_control(self) -> None:
        with self._listener, self._swtpm, self._listener.accept()[0] as qemu:
            threading.Thread(target=_copy, args=(self._swtpm, qemu), daemon=True).start()
            while True:
                data, descriptors, _, _ = socket.recv_fds(qemu, 4096, 1)
                if not data:
                    return
                if descriptors:
                    self._take_over(data, descriptors[0])
                else:
                    self._swtpm.sendall(data)

    def _take_over(self, request: bytes, descriptor: int) -> None:
        """Keep QEMU's command socket and give swtpm one of ours."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._swtpm, [request], [theirs.fileno()])
        commands = socket.socket(fileno=descriptor)
        threading.Thread(target=self._relay_commands, args=(commands, ours), daemon=True).start()

    def _relay_commands(self, qemu: socket.socket, swtpm: socket.socket) -> None:
        with qemu, swtpm, suppress(OSError):
            while command := _message(qemu):
                swtpm.sendall(command)
                qemu.sendall(_message(swtpm))
                self._note(command)

    def _note(self, command: bytes) -> None:
        reader = Reader(command, "TPM command")
        reader.take(6)
        if reader.u32() != Command.PCR_EXTEND:
            return
        pcr = reader.u32()
        reader.take(reader.u32())
        digests = {
            (alg := reader.u16()): reader.take(DIGEST_SIZE[Alg(alg)]) for _ in range(reader.u32())
        }
        self.extends.append((pcr, digests[Alg.SHA256]))
        if self.extends[-1] == self._until:
            self.reached.set()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(4096):
            target.sendall(data)


def _message(connection: socket.socket) -> bytes:
    """Receive one TPM command or response; its size is in bytes 2 to 5."""
    header = connection.recv(10, socket.MSG_WAITALL)
    if len(header) < 10:
        return b""
    rest = int.from_bytes(header[2:6], "big") - 10
    return header + (connection.recv(rest, socket.MSG_WAITALL) if rest else b"")


def qemu_command(work: Path, disks: dict[str, Path]) -> list[str]:
    """Give the command line: the image is the only file of the EFI system partition."""
    code, variables = OVMF / "OVMF_CODE_4M.fd", work / "variables.fd"
    argv = ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max"]
    argv += ["-smp", "2", "-m", "1536", "-display", "none", "-nodefaults", "-no-reboot"]
    argv += ["-serial", f"file:{work / 'console'}"]
    argv += ["-drive", f"if=pflash,format=raw,readonly=on,file={code}"]
    argv += ["-drive", f"if=pflash,format=raw,file={variables}"]
    argv += ["-chardev", f"socket,id=tpm,path={work / 'tap'}"]
    argv += ["-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm"]
    argv += _disk("esp", f"fat:rw:{work / 'esp'}", 1, readonly=False)
    for index, (name, file) in enumerate(disks.items(), start=2):
        argv += _disk(name, str(file), index, readonly=True)
    return argv


def _disk(name: str, file: str, index: int, *, readonly: bool) -> list[str]:
    access = "on" if readonly else "off"
    drive = f"file={file},format=raw,if=none,id={name},readonly={access}"
    return ["-drive", drive, "-device", f"virtio-blk,drive={name},serial={name},bootindex={index}"]


def phase(name: str) -> Extend:
    """Give the extend that a boot phase makes."""
    event = phases((name,))[0]
    return event.pcr, event.digests[Alg.SHA256]


def boot(work: Path, argv: list[str], until: Extend) -> list[Extend]:
    """Boot until the guest powers off or extends `until`; give all that it extended."""
    state, control = work / "tpm", work / "control"
    state.mkdir(mode=0o700)
    manufacture(state, TpmMaker(MakerStore(work / "makers")))
    swtpm = subprocess.Popen(
        [
            "swtpm",
            "socket",
            "--tpm2",
            f"--tpmstate=dir={state}",
            f"--ctrl=type=unixio,path={control}",
        ]
    )
    while not control.exists():
        time.sleep(0.01)
    tap = Tap(work / "tap", control, until)
    qemu = subprocess.Popen(argv)
    deadline = time.monotonic() + PATIENCE
    while qemu.poll() is None and not tap.reached.wait(0.5) and time.monotonic() < deadline:
        pass
    for process in (qemu, swtpm):
        process.terminate()
        process.wait()
    return tap.extends


def write(name: str, uki: Uki, extends: list[Extend], console: str) -> None:
    """Write the image's digests, the extends and the registers; and the event log if printed."""
    bank = PcrBank()
    for pcr, digest in extends:
        bank.extend(pcr, digest)
    record = {
        "uki": asdict(uki),
        "extends": [[pcr, digest] for pcr, digest in extends if pcr in RECORDED],
        "pcrs": {pcr: bank[pcr] for pcr in RECORDED},
    }
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / f"{name}.json").write_text(json.dumps(record, indent=1, default=bytes.hex) + "\n")
    if printed := re.search(r"EVENT LOG\n([0-9a-f\n]+)\nEND", console.replace("\r", "")):
        (DATA / f"{name}.log").write_bytes(bytes.fromhex(printed[1].replace("\n", "")))


def record(work: Path, uki: Path, until: str, disks: dict[str, Path]) -> list[Extend]:
    """Boot `uki` as the firmware's boot option up to phase `until`; the console is in `work`."""
    loader = work / "esp/EFI/BOOT/BOOTX64.EFI"
    loader.parent.mkdir(parents=True)
    shutil.copy(uki, loader)
    shutil.copy(OVMF / "OVMF_VARS_4M.fd", work / "variables.fd")
    return boot(work, qemu_command(work, disks), phase(until))


def main() -> None:
    """Read the arguments, boot, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("uki", type=Path)
    parser.add_argument("name", help="base name of the files in internal/tests/measurement/data")
    parser.add_argument("--root", type=Path)
    parser.add_argument("--verity", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        given = {"root": wanted.root, "verity": wanted.verity}
        disks = {name: file for name, file in given.items() if file is not None}
        extends = record(work, wanted.uki, PHASES[-1], disks)
        console = (work / "console").read_text(errors="replace")
    print(console[-2000:])
    write(wanted.name, Uki.read(wanted.uki), extends, console)


if __name__ == "__main__":
    main()
