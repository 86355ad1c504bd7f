"""Programs of a Debian root with every library that they load, as entries of a layer."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from asterism.images.chroot import Chroot
from asterism.images.oci import Entry, File, Link
from asterism.images.workshop import Job

MERGED = tuple(Link(name, f"usr/{name}") for name in ("bin", "lib", "lib64", "sbin"))
"""The links of a root whose programs and libraries all lie below /usr, as Debian's do."""


def closure(job: Job, root: Chroot, paths: Iterable[str]) -> list[Entry]:
    """The files at `paths` of `root`, executable, followed by the libraries that they load."""
    wanted = list(paths)
    return entries(root, [*wanted, *libraries(job, root, wanted, binds={})])


def libraries(
    job: Job, root: Chroot, programs: Iterable[str], *, binds: Mapping[Path, str]
) -> list[str]:
    """The paths of the libraries that `ldd` names for `programs`, sorted."""
    said = root.run(job, "ldd", *programs, binds=binds).decode()
    return sorted(set(re.findall(r"(?:=> |^\t)(/\S+) \(0x", said, re.MULTILINE)))


def entries(root: Chroot, paths: Iterable[str]) -> list[Entry]:
    """The files at `paths` of `root`, executable, below /usr, each once."""
    return [
        File(_merged(path), _resolve(root.root, path), executable=True)
        for path in dict.fromkeys(paths)
    ]


def _resolve(root: Path, path: str) -> Path:
    """The file that `path` means inside `root`; links there are relative, or lead from its top."""
    found = root / path.lstrip("/")
    while found.is_symlink():
        target = found.readlink()
        found = root / str(target).lstrip("/") if target.is_absolute() else found.parent / target
    return found


def _merged(path: str) -> str:
    """`path` below /usr, where Debian's merged root has it."""
    return path if path.startswith("/usr/") else f"/usr{path}"
