"""The files a machine boots from, each opened once: what is measured is what is used."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from asterism.errors import ProvisionError
from asterism.machine.spec import MachineSpec


@dataclass(frozen=True, slots=True)
class BootFiles:
    """Open descriptors of one image: unified kernel image, firmware, root file."""

    uki: int
    firmware: int
    root: int


@dataclass(frozen=True, slots=True)
class FileVersion:
    """Which content of which file: any write to it gives another version (ctime)."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, descriptor: int) -> "FileVersion":
        """The version behind an open file."""
        found = os.fstat(descriptor)
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@contextmanager
def opened(spec: MachineSpec) -> Iterator[BootFiles]:
    """Open what `spec` boots from. Raises ProvisionError MCH-007 when a file is not there."""
    with ExitStack() as stack:
        streams = [stack.enter_context(_open(path)) for path in _paths(spec)]
        uki, firmware, root = (stream.fileno() for stream in streams)
        yield BootFiles(uki=uki, firmware=firmware, root=root)


def require_present(spec: MachineSpec) -> None:
    """Raises ProvisionError MCH-007 when a file that `spec` boots from is not there."""
    for path in _paths(spec):
        if not path.is_file():
            raise ProvisionError("MCH-007", f"there is no {path}")


def require_unchanged(descriptor: int, before: FileVersion) -> None:
    """Raises ProvisionError MCH-008 when the open file was written to since `before`."""
    if FileVersion.of(descriptor) != before:
        raise ProvisionError("MCH-008", "the root file was written to while it was measured")


def _paths(spec: MachineSpec) -> tuple[Path, Path, Path]:
    names = spec.files
    uki, firmware, root = (
        spec.image_dir / name for name in (names.uki, names.firmware, names.root)
    )
    return uki, firmware, root


def _open(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise ProvisionError("MCH-007", f"there is no {path}") from exc
