"""Processes as the host sees them, by pid and start time, so that none is mistaken."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_START_TIME = 19  # field 22 of proc_pid_stat(5), counted after the command's closing bracket
_PARENT = 1


@dataclass(frozen=True, slots=True, order=True)
class Process:
    """One process. `command` is its argument list joined by spaces, for people."""

    pid: int
    started: int
    command: str = ""

    @property
    def alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        fields = _stat(self.pid)
        return fields is not None and int(fields[_START_TIME]) == self.started and fields[0] != "Z"

    def kill(self, sent: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to this very process, never to a successor with the same pid."""
        handle = os.pidfd_open(self.pid)
        try:
            if self.alive:
                signal.pidfd_send_signal(handle, sent)
        finally:
            os.close(handle)


def find(pid: int) -> Process | None:
    """The process that has `pid` now."""
    fields = _stat(pid)
    if fields is None or fields[0] == "Z":
        return None
    return Process(pid, int(fields[_START_TIME]), command_of(pid))


def everything() -> Iterator[Process]:
    """Every process that the host sees, zombies left out."""
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and (process := find(int(entry.name))) is not None:
            yield process


def descendants(root: int) -> list[Process]:
    """Children of `root`, their children and so on, parents before children."""
    children: dict[int, list[Process]] = {}
    for process in everything():
        fields = _stat(process.pid)
        if fields is not None:
            children.setdefault(int(fields[_PARENT]), []).append(process)
    found: list[Process] = []
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.extend(below)
        waiting.extend(process.pid for process in below)
    return found


def command_of(pid: int) -> str:
    """The argument list of a process, empty for kernel threads and the dead."""
    return _read(PROC / str(pid) / "cmdline").replace("\0", " ").strip()


def namespace(pid: int, kind: str) -> str:
    """The identity of a process's namespace, e.g. `net:[4026531840]`; empty for the dead."""
    try:
        return os.readlink(PROC / str(pid) / "ns" / kind)
    except OSError:
        return ""


def proportional_memory(pid: int) -> int:
    """Proportional set size in bytes (proc_pid_smaps_rollup): shared pages are divided."""
    for line in _read(PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _stat(pid: int) -> list[str] | None:
    text = _read(PROC / str(pid) / "stat")
    return text.rpartition(")")[2].split() if text else None


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
