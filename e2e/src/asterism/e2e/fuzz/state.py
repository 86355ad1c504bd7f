"""What a campaign keeps of each target on disk: how far it came, its corpus and its findings."""

import hashlib
import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from asterism.config import paths

_HEAD = struct.Struct("<QI")
"""Inputs judged so far, size of the input that is being judged."""


def default_folder() -> Path:
    """Root's cache, or the user's own."""
    if os.geteuid() == 0:
        return paths.CACHE / "fuzz"
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "asterism" / "fuzz"


@dataclass(frozen=True, slots=True)
class TargetState:
    """The directory of one target in one mode."""

    folder: Path

    def make(self) -> "TargetState":
        """Make what is missing."""
        for part in (self.folder, self.corpus, self.findings):
            part.mkdir(parents=True, exist_ok=True)
        return self

    @property
    def corpus(self) -> Path:
        """Inputs that reached new code; libFuzzer's own."""
        return self.folder / "corpus"

    @property
    def findings(self) -> Path:
        """`NAME.bin` for each distinct finding, smallest input first seen, and `NAME.txt`."""
        return self.folder / "findings"

    @property
    def progress(self) -> Path:
        """The memory of `Progress`."""
        return self.folder / "progress"

    def keep(self, finding: str, details: str, data: bytes) -> None:
        """Record a finding unless a smaller input for it is known."""
        name = hashlib.sha256(finding.encode()).hexdigest()[:12]
        path = self.findings / f"{name}.bin"
        if path.exists() and path.stat().st_size <= len(data):
            return
        path.write_bytes(data)
        path.with_suffix(".txt").write_text(f"{finding}\n\n{details}", errors="backslashreplace")

    def found(self) -> list[str]:
        """One line for each finding."""
        texts = sorted(self.findings.glob("*.txt"))
        return [text.read_text().partition("\n")[0] for text in texts]


class Progress:
    """A page of shared memory in a file: it outlives whatever ends the process."""

    def __init__(self, path: Path, maximum: int) -> None:
        size = _HEAD.size + maximum
        with path.open("a+b") as file:
            if file.seek(0, os.SEEK_END) < size:
                file.truncate(size)
            self._map = mmap.mmap(file.fileno(), size)
        self._count = _HEAD.unpack_from(self._map)[0]

    @property
    def count(self) -> int:
        """Inputs begun so far, as of now."""
        return int(_HEAD.unpack_from(self._map)[0])

    @property
    def current(self) -> bytes:
        """The input that was begun last."""
        size = _HEAD.unpack_from(self._map)[1]
        return self._map[_HEAD.size : _HEAD.size + size]

    def start_anew(self) -> None:
        """Forget what was counted; the corpus stays."""
        self._count = 0
        _HEAD.pack_into(self._map, 0, 0, 0)

    def begin(self, data: bytes) -> None:
        """Say which input comes next."""
        self._count += 1
        _HEAD.pack_into(self._map, 0, self._count, len(data))
        self._map[_HEAD.size : _HEAD.size + len(data)] = data
