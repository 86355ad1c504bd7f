"""Documents and locks of the host's state: whole or absent, and held by one at a time."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def lock_file(path: Path) -> Iterator[int]:
    """Hold an exclusive lock on `path`, made if need be and kept for the next one.

    Gives its descriptor: a process that gets it holds the lock as well until it closes it, also
    when this one is killed (flock(2)).
    """
    descriptor = _lock(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(path: Path) -> int:
    while True:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # somebody removed the directory just now
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return descriptor
            os.close(descriptor)  # removed while we waited: others lock another file by now


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file so that a reader sees the old content or the new one."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        fresh.replace(path)
    except OSError:  # a full disk
        fresh.unlink(missing_ok=True)
        raise


def write_json(path: Path, plain: object) -> None:
    """Write a document as `write_whole` does."""
    write_whole(path, json.dumps(plain, indent=1).encode())
