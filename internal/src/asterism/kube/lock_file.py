"""client-go's lock file, `FILE.lock` made exclusively, and what to do when its maker was killed.

kubectl leaves an empty file; ours names its process, so that one left behind by a killed command
of ours is recognised and removed. A lock of anybody else is never broken.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from asterism import clock
from asterism.errors import UserError

PATIENCE = 5.0
INTERVAL = 0.05
START_TIME_FIELD = 22
_MARK = "asterism"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock of `file`, waiting for it a few seconds; UserError KCF-001."""
    lock = file.with_name(file.name + ".lock")
    _take(lock)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _take(lock: Path) -> None:
    deadline = clock.monotonic() + PATIENCE
    while not _try(lock):
        if clock.monotonic() > deadline:
            raise UserError("KCF-001", f"{lock} exists")
        clock.sleep(INTERVAL)


def _try(lock: Path) -> bool:
    """Make the lock unless there is one. Processes of ours do this one after the other."""
    directory = os.open(lock.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        if _is_abandoned(lock):
            lock.unlink(missing_ok=True)
        return _make(lock)
    finally:
        os.close(directory)


def _make(lock: Path) -> bool:
    """Make the file together with what it says: a link either appears whole or not at all."""
    draft = lock.with_name(f".{lock.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(_name(os.getpid()))
    try:
        os.link(draft, lock)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _is_abandoned(lock: Path) -> bool:
    """Whether the lock is one of ours and its process is gone."""
    with suppress(OSError, UnicodeDecodeError):
        said = lock.read_text()
        words = said.split()
        if len(words) == 4 and words[0] == _MARK and words[1].isdecimal():
            return said != _name(int(words[1]))
    return False


def _name(pid: int) -> str:
    """`asterism PID START BOOT`: one process for all times; empty start for one that is gone."""
    start = ""
    with suppress(OSError):
        # The second field of proc_pid_stat(5) is a name in parentheses and may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        start = "" if fields[0] == "Z" else fields[START_TIME_FIELD - 3]
    return f"{_MARK} {pid} {start} {_BOOT.read_text().strip()}\n"
