"""A private directory in memory for parsers that read files; gone when the process ends."""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - a private directory is made inside


@cache
def folder(name: str) -> Path:
    """The directory `name` of this process."""
    made = _base() / name
    made.mkdir(mode=0o700, parents=True)
    return made


def file(path: Path, content: bytes) -> Path:
    """Write `content`, private as the product demands."""
    with open(path, "wb", opener=_private) as opened:
        opened.write(content)
    return path


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@cache
def _base() -> Path:
    place = _MEMORY if _MEMORY.is_dir() else None
    made = Path(tempfile.mkdtemp(prefix="fuzz-", dir=place))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made
