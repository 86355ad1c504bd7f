"""What the host can see of processes: their family, namespaces, command lines and memory.

Which process is meant is said by `asterism.machine.identity.ProcessId`, never by a bare number.
"""

from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
_PARENT = 1  # field 4 of proc_pid_stat(5), counted after the command's closing bracket


def everything() -> Iterator[int]:
    """Process numbers of all processes, zombies left out."""
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and _stat(int(entry.name))[:1] not in ([], ["Z"]):
            yield int(entry.name)


def descendants(root: int) -> list[int]:
    """Children of `root`, their children and so on, parents before children."""
    children: dict[int, list[int]] = {}
    for pid in everything():
        fields = _stat(pid)
        if fields:
            children.setdefault(int(fields[_PARENT]), []).append(pid)
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.extend(below)
        waiting.extend(below)
    return found


def ancestors(pid: int) -> Iterator[int]:
    """The parent of `pid`, its parent and so on, init left out."""
    seen = {pid}
    while (fields := _stat(pid)) and (pid := int(fields[_PARENT])) > 1 and pid not in seen:
        seen.add(pid)
        yield pid


def command_of(pid: int) -> str:
    """The argument list of a process, empty for kernel threads and the dead."""
    return _read(PROC / str(pid) / "cmdline").replace("\0", " ").strip()


def cgroups_of(pid: int) -> str:
    """The control groups of a process, one hierarchy a line (cgroups(7), /proc/PID/cgroup)."""
    return _read(PROC / str(pid) / "cgroup")


def pids_inside(pid: int) -> list[int]:
    """The number of a process in each pid namespace from ours inwards (proc_pid_status, NSpid)."""
    for line in _read(PROC / str(pid) / "status").splitlines():
        if line.startswith("NSpid:"):
            return [int(number) for number in line.split()[1:]]
    return []


def proportional_memory(pid: int) -> int:
    """Proportional set size in bytes (proc_pid_smaps_rollup): shared pages are divided."""
    for line in _read(PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _stat(pid: int) -> list[str]:
    return _read(PROC / str(pid) / "stat").rpartition(")")[2].split()


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
