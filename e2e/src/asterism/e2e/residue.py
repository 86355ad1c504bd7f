"""Files that commands leave behind: the product's places on the host, and whatever they lay aside.

`leaks.Footprint` lists what a kernel knows of clusters; this lists plain files. Temporary files of
a command are told from everybody else's by giving it a folder of its own for them.
"""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asterism.config import paths
from asterism.e2e import traces

RUN = Path("/run/asterism")
SHARED = {
    Path("/run"): ("asterism-",),
    Path("/dev/shm"): ("asterism", "ansible"),  # noqa: S108 - only listed
    Path("/tmp"): ("ansible", "swtpm"),  # noqa: S108 - only listed
    Path("/var/tmp"): ("ansible", "swtpm"),  # noqa: S108 - only listed
}
"""Places of all programs, and parts of names by which what our commands lay there is known."""
LEFT_OUT = ("images", ".kube", "roots")
"""Folders not looked at: images are built beside clusters, kubectl keeps a cache, and who uses a
root is in `leaks.Footprint`."""


@dataclass(frozen=True, slots=True)
class Residue:
    """Paths of all files and folders that a command may have left."""

    files: frozenset[str]

    @classmethod
    def found(cls, *own: Path, ours: Callable[[str], bool] = lambda _: True) -> "Residue":
        """What is there now, without what belongs to clusters that are not `ours`.

        `own` are further folders that belong to the commands alone.
        """
        others = [name for name in traces.clusters_on_record() if not ours(name)]
        below = (path for folder in (RUN, paths.STATE, *own) for path in _below(folder))
        found = (*_shared(), *below)
        return cls(frozenset(path for path in found if not _is_of(path, others)))

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


def _is_of(path: str, clusters: Collection[str]) -> bool:
    """Whether it is a cluster's folder, something in it, or a lock of that name."""
    return any(part.removesuffix(".lock") in clusters for part in Path(path).parts)


def _shared() -> Iterator[str]:
    for folder, marks in SHARED.items():
        for path in folder.iterdir():
            if any(mark in path.name for mark in marks):
                yield str(path)


def _below(folder: Path) -> Iterator[str]:
    """Everything below a folder, which may change meanwhile; nothing below mounts."""
    for top, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        yield from (os.path.join(top, name) for name in (*folders, *files))
        folders[:] = [name for name in folders if not os.path.ismount(os.path.join(top, name))]
