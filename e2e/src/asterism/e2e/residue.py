"""Files that commands leave behind: the product's places on the host, and whatever they lay aside.

`leaks.Footprint` lists what a kernel knows of clusters; this lists plain files. Temporary files of
a command are told from everybody else's by giving it a folder of its own for them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asterism.config import paths

RUN = Path("/run/asterism")
SHARED = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run"))  # noqa: S108 - only listed
MARKS = ("asterism", "ansible", "swtpm")
"""Parts of names by which files of ours in places that all programs share are known."""
LEFT_OUT = ("images",)
"""Parts of the state that no cluster makes: images are built beside it."""


@dataclass(frozen=True, slots=True)
class Residue:
    """Paths of all files and folders that a command may have left."""

    files: frozenset[str]

    @classmethod
    def found(cls, *own: Path) -> "Residue":
        """What is there now; `own` are further folders that belong to the commands alone."""
        return cls(frozenset([*_shared(), *_below(RUN), *_state(), *_all_below(own)]))

    def added_since(self, before: "Residue") -> list[str]:
        """What is there now and was not before."""
        return sorted(self.files - before.files)


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """Have every program started in the body lay its temporary files below `folder` (TMPDIR)."""
    before = os.environ.get("TMPDIR")
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before


def _shared() -> Iterator[str]:
    for folder in SHARED:
        for path in folder.iterdir():
            if any(mark in path.name for mark in MARKS) and path != RUN:
                yield str(path)


def _state() -> Iterator[str]:
    for path in paths.STATE.iterdir():
        yield str(path)
        if path.name not in LEFT_OUT:
            yield from _below(path)


def _all_below(folders: tuple[Path, ...]) -> Iterator[str]:
    for folder in folders:
        yield from _below(folder)


def _below(folder: Path) -> Iterator[str]:
    """Everything below a folder, which may change meanwhile; mounts are not entered."""
    for top, folders, files in os.walk(folder):
        yield from (os.path.join(top, name) for name in (*folders, *files))
        folders[:] = [name for name in folders if not os.path.ismount(os.path.join(top, name))]
