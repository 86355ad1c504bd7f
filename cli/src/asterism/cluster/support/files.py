"""Parts that are files of the host's state: records, documents without secrets, logs."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from asterism.cluster import pin
from asterism.cluster.home import OwnerHome
from asterism.cluster.support.part import Part
from asterism.config import paths
from asterism.images import store
from asterism.machine.store import MachineDir, machines_in

RECORDS = ("cluster.json", "network.json", "relay.json", "relay.log")
MACHINE_FILES = (
    "machine.json", "state.json", "initdata.json", "console.log", "machine.log",
    "tpm/state/swtpm.log",
)  # fmt: skip
SYSTEM_PODS = "disk/log/pods/kube-system_*/*/*.log"
"""Logs of Kubernetes itself; those of other pods are their owners'."""
IMAGE_FILES = ("manifest.json", "reference-values.json", "cmdline")


def of_cluster(name: str, home: OwnerHome) -> Iterator[Part]:
    """Records and logs of one cluster, its machines and its image, and the owner's pin."""
    folder = paths.cluster_dir(name)
    for record in RECORDS:
        yield _file(f"cluster/{record}", folder / record)
    yield _file("owner/pin.json", pin.path_of(home, name))
    for machine in _machines(folder):
        yield from _of_machine(machine)
    for file in IMAGE_FILES:
        yield Part(f"image/{file}", partial(_of_image, folder, file))


def _machines(folder: Path) -> list[MachineDir]:
    try:
        return machines_in(folder)
    except PermissionError:
        return []


def _of_machine(machine: MachineDir) -> Iterator[Part]:
    place = f"machines/{machine.machine}"
    for name in MACHINE_FILES:
        yield _file(f"{place}/{Path(name).name}", machine.path / name)
    yield Part(f"{place}/files.txt", partial(_listing, machine.path))
    for log in sorted(_glob(machine.path, SYSTEM_PODS)):
        pod, container = log.parts[-3:-1]
        yield _file(f"{place}/pods/{pod}/{container}-{log.name}", log)


def _glob(folder: Path, pattern: str) -> list[Path]:
    try:
        return list(folder.glob(pattern))
    except PermissionError:
        return []


def _file(name: str, path: Path) -> Part:
    return Part(name, partial(tail, path))


LIMIT = 8 << 20
"""Bytes at the end of a file that are read; what is wanted of a log is its end."""


def tail(path: Path) -> bytes:
    """The last bytes of a file of the host's; links are not followed."""
    if path.is_symlink() or not path.is_file():
        path.stat()  # FileNotFoundError, PermissionError
        msg = f"{path} is no plain file"
        raise OSError(msg)
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LIMIT))
        return file.read(LIMIT)


def _listing(folder: Path) -> bytes:
    """Names, sizes and modes: what is there, not what is in it. The disk's own tree is too long."""
    lines = []
    for path in sorted((*folder.glob("*"), *folder.glob("[!d]*/**/*"), *folder.glob("disk/*"))):
        status = path.lstat()
        place = path.relative_to(folder)
        lines.append(f"{status.st_mode:o} {status.st_uid} {status.st_size:>10} {place}")
    return "\n".join(lines).encode()


def _of_image(folder: Path, name: str) -> bytes:
    image = _recorded_image(folder) or store.current().directory
    return tail(image / name)


def _recorded_image(folder: Path) -> Path | None:
    try:
        return Path(json.loads((folder / "cluster.json").read_text())["image"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
