"""What a cluster could leave behind on the host, listed before and after.

Only what bears the mark of Asterism is listed, because a host changes by itself: its users start
programs, containers and clusters of other kinds while ours come and go.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from asterism.config import paths
from asterism.e2e import processes
from asterism.machine.identity import ProcessId
from asterism.net import netns

CGROUPS = Path("/sys/fs/cgroup")
MARK = "asterism"
PREFIX = "ast-"
"""How names of network namespaces and links of a cluster begin."""


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
            links=frozenset(_links()),
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
    """Processes in a control group of ours, and those that name our state or programs."""
    for pid in processes.everything():
        command = processes.command_of(pid)
        named = str(paths.STATE) in command or f"{MARK}.machine" in command
        if named or f"/{MARK}/" in processes.cgroups_of(pid):
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
    """Named ones; a node's own has no name and ends with the node's processes."""
    yield from (path.name for path in netns.NAMED.glob(f"{PREFIX}*"))


def _links() -> Iterator[str]:
    yield from (path.name for path in Path("/sys/class/net").glob(f"{PREFIX}*"))


def _loops() -> Iterator[str]:
    for path in Path("/sys/block").glob("loop*/loop/backing_file"):
        if MARK in (backing := path.read_text()):
            yield f"{path.parts[3]} {backing.strip()}"


def _cgroups(top: Path) -> Iterator[str]:
    """The group of each node in each hierarchy."""
    for pattern in (f"{MARK}/*", f"*/{MARK}/*"):
        yield from (str(path) for path in top.glob(pattern) if path.is_dir())


def _state() -> Iterator[str]:
    """Clusters on record, roots in use, locks, and folders of running programs."""
    run = Path("/run")
    for folder in (paths.CLUSTERS, run / MARK, run / MARK / "roots"):
        if folder.is_dir():
            yield from (str(path) for path in folder.iterdir() if path.name != "roots")
    yield from map(str, run.glob(f"{MARK}-*"))
