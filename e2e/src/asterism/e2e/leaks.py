"""What a cluster could leave behind on the host, listed before and after.

Only what bears the mark of Asterism is listed where a host changes by itself (processes, mounts,
cgroups); namespaces, links and loop devices are all listed.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from asterism.config import paths
from asterism.e2e import processes
from asterism.machine.identity import ProcessId

CGROUPS = Path("/sys/fs/cgroup")
MARK = "asterism"


@dataclass(frozen=True, slots=True)
class Footprint:
    """Everything on a host that a cluster may have made."""

    processes: frozenset[str]
    mounts: frozenset[str]
    namespaces: frozenset[str]
    links: frozenset[str]
    loops: frozenset[str]
    cgroups: frozenset[str]
    state: frozenset[str]

    @classmethod
    def of_host(cls) -> "Footprint":
        """The footprint now."""
        return cls(
            processes=frozenset(_processes()),
            mounts=frozenset(_mounts()),
            namespaces=frozenset(_network_namespaces()),
            links=frozenset(path.name for path in Path("/sys/class/net").iterdir()),
            loops=frozenset(_loops()),
            cgroups=frozenset(_cgroups(CGROUPS)),
            state=frozenset(_state()),
        )

    def added_since(self, before: "Footprint") -> dict[str, list[str]]:
        """What is there now and was not before, by kind; empty if nothing is."""
        return _difference(self, before)

    def missing_since(self, before: "Footprint") -> dict[str, list[str]]:
        """What was there before and is not now, by kind; empty if nothing is."""
        return _difference(before, self)


def _difference(have: Footprint, other: Footprint) -> dict[str, list[str]]:
    found = {
        field.name: sorted(getattr(have, field.name) - getattr(other, field.name))
        for field in fields(Footprint)
    }
    return {kind: names for kind, names in found.items() if names}


def _processes() -> Iterator[str]:
    """Processes in another pid namespace than ours, and those that name Asterism's state."""
    here = processes.namespace(os.getpid(), "pid")
    for pid in processes.everything():
        command = processes.command_of(pid)
        elsewhere = processes.namespace(pid, "pid") not in {here, ""}
        if elsewhere or str(paths.STATE) in command or f"{MARK}.machine" in command:
            yield f"{pid}/{_start_time(pid)} {command}"


def _start_time(pid: int) -> int:
    try:
        return ProcessId.of(pid).start_time
    except ProcessLookupError:
        return 0


def _mounts() -> Iterator[str]:
    """Mount points of our mount namespace whose line names Asterism (proc_pid_mountinfo)."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if MARK in line:
            yield f"{line.split()[4]} ({line.partition(' - ')[2].split()[0]})"


def _network_namespaces() -> Iterator[str]:
    """Named ones, and those that any process is in."""
    named = Path("/run/netns")
    if named.is_dir():
        yield from (path.name for path in named.iterdir())
    for pid in processes.everything():
        if identity := processes.namespace(pid, "net"):
            yield identity


def _loops() -> Iterator[str]:
    for path in Path("/sys/block").glob("loop*/loop/backing_file"):
        yield f"{path.parts[3]} {path.read_text().strip()}"


def _cgroups(top: Path) -> Iterator[str]:
    """Cgroups that Asterism made; what lies in them is theirs to show."""
    for folder, below, _ in os.walk(top):
        ours = [name for name in below if name.startswith(MARK)]
        for name in ours:
            yield from _below(Path(folder) / name)
        below[:] = [name for name in below if name not in ours]


def _below(top: Path) -> Iterator[str]:
    for folder, _, _ in os.walk(top):
        yield folder


def _state() -> Iterator[str]:
    """Clusters on record, roots in use, locks, and folders of running programs."""
    run = Path("/run")
    for folder in (paths.CLUSTERS, run / MARK, run / MARK / "roots"):
        if folder.is_dir():
            yield from (str(path) for path in folder.iterdir() if path.name != "roots")
    yield from map(str, run.glob(f"{MARK}-*"))
