"""The lock of Debian packages: what version of each package a root holds, and its file's hash.

Text, one root a section, so that a change reads well in review:

    [root]
    systemd 257.13-1~deb13u1 amd64 sha256:...
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from asterism.errors import ProvisionError, UserError

HEADER = "# Debian packages of the image, written by `python -m asterism.images.relock`.\n"
PINNED = 1001
"""An apt priority that prefers this version even to a newer one (apt_preferences(5))."""


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One .deb file: name, version, architecture and the SHA-256 of the file, in hex."""

    name: str
    version: str
    architecture: str
    sha256: str


Lock = Mapping[str, tuple[Package, ...]]
"""Packages by root."""


def parse(text: str) -> Lock:
    """Read a lock; UserError IMG-004 on a line that is none."""
    roots: dict[str, list[Package]] = {}
    section: list[Package] | None = None
    for line in text.splitlines():
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            section = roots.setdefault(line[1:-1], [])
        elif section is not None and len(words) == 4 and words[3].startswith("sha256:"):
            section.append(Package(words[0], words[1], words[2], words[3].removeprefix("sha256:")))
        else:
            raise UserError("IMG-004", f"not a line of a package lock: {line!r}")
    return {name: tuple(packages) for name, packages in roots.items()}


def encode(lock: Lock) -> str:
    """The text of a lock: roots in the given order, packages sorted."""
    sections = (
        f"\n[{root}]\n" + "".join(f"{_line(package)}\n" for package in sorted(packages))
        for root, packages in lock.items()
    )
    return HEADER + "".join(sections)


def from_checksums(text: str) -> tuple[Package, ...]:
    """Packages from sha256sum's lines about apt's archive files, `NAME_VERSION_ARCH.deb`."""
    return tuple(sorted(_from_checksum(line) for line in text.splitlines() if line))


def preferences(packages: Iterable[Package]) -> str:
    """apt preferences that choose the locked versions; a version that is gone is passed over."""
    return "\n".join(
        f"Package: {p.name}\nPin: version {p.version}\nPin-Priority: {PINNED}\n" for p in packages
    )


def difference(locked: Iterable[Package], found: Iterable[Package]) -> list[str]:
    """One line for each package whose version differs, that is new, or that is gone.

    Raises ProvisionError IMG-005 when a package has the locked version but other content: an
    archive never does that by itself.
    """
    old = {p.name: p for p in locked}
    new = {p.name: p for p in found}
    for name in sorted(old.keys() & new.keys()):
        _refuse_other_content(old[name], new[name])
    return [
        _change(name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _refuse_other_content(old: Package, new: Package) -> None:
    if old.version == new.version and old.sha256 != new.sha256:
        raise ProvisionError(
            "IMG-005", f"{old.name} {old.version} is not the file that the lock names",
            expected=old.sha256, got=new.sha256,
        )  # fmt: skip


def _change(name: str, old: Package | None, new: Package | None) -> str:
    before, after = (p.version if p else "none" for p in (old, new))
    return f"{name}: {before} -> {after}"


def _line(package: Package) -> str:
    return f"{package.name} {package.version} {package.architecture} sha256:{package.sha256}"


def _from_checksum(line: str) -> Package:
    digest, path = line.split(maxsplit=1)
    name, version, architecture = path.rsplit("/", 1)[-1].removesuffix(".deb").split("_")
    return Package(name, unquote(version), architecture, digest)
