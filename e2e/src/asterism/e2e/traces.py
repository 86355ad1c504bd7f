"""Where Asterism leaves traces on a host, and which clusters explain one.

Only what bears the mark of Asterism is looked at, because a host changes by itself: its users start
programs, containers and clusters of other kinds while ours come and go.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asterism.config import paths
from asterism.e2e import processes
from asterism.machine.identity import ProcessId
from asterism.machine.providers.sandbox import network, roots
from asterism.net import netns

CGROUPS = Path("/sys/fs/cgroup")
LINKS = Path("/sys/class/net")
BLOCK = Path("/sys/block")
RUN = Path("/run")
MARK = "asterism"
PREFIX = "ast-"
"""How names of network namespaces and links of a cluster begin."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing on the host: what it is, and all that is known of where it comes from."""

    what: str
    origin: str = ""

    def mentions(self, cluster: str) -> bool:
        """Whether the cluster's name, or its namespace's, stands in it as a word of its own."""
        words = "|".join(map(re.escape, (cluster, network.namespace_of(cluster))))
        return re.search(rf"(?<![\w-])({words})(?![\w-])", f"{self.what} {self.origin}") is not None


def clusters_on_record() -> frozenset[str]:
    """Names of all clusters that the host's state knows, whoever made them."""
    folders = paths.CLUSTERS.iterdir() if paths.CLUSTERS.is_dir() else ()
    return frozenset(folder.name for folder in folders)


def running() -> Iterator[Trace]:
    """Processes in a control group of ours, and those that name our state or programs.

    A process comes from whatever its ancestors were started for.
    """
    for pid in processes.everything():
        command = processes.command_of(pid)
        groups = processes.cgroups_of(pid)
        named = str(paths.STATE) in command or f"-m {MARK}.machine" in command
        if named or f"/{MARK}/" in groups:
            yield Trace(f"{pid}/{_start_time(pid)} {command}", f"{groups} {_ancestry(pid)}")


def mounts() -> Iterator[Trace]:
    """Mount points of our mount namespace whose line names Asterism (proc_pid_mountinfo).

    A root that nodes share is told by its users instead, see `state`; what is mounted in the
    cache belongs to images in the making.
    """
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        target = Path(line.split()[4])
        elsewhere = target.is_relative_to(paths.CACHE) or _users_of_root(target.parent)
        if MARK in line and not elsewhere:
            yield Trace(f"{target} ({line.partition(' - ')[2].split()[0]})", line)


def namespaces() -> Iterator[Trace]:
    """Named ones; a node's own has no name and ends with the node's processes."""
    yield from (Trace(path.name) for path in netns.NAMED.glob(f"{PREFIX}*"))


def links() -> Iterator[Trace]:
    """Network interfaces in the host's own namespace."""
    yield from (Trace(path.name) for path in LINKS.glob(f"{PREFIX}*"))


def loops() -> Iterator[Trace]:
    """Loop devices on files of ours, those that carry a root in use left out."""
    for path in BLOCK.glob("loop*/loop/backing_file"):
        device, backing = path.parts[3], path.read_text().strip()
        if MARK in backing and not _carries_root_in_use(f"/dev/{device}"):
            yield Trace(f"{device} {backing}")


def cgroups() -> Iterator[Trace]:
    """The group of each node in each hierarchy."""
    for pattern in (f"{MARK}/*", f"*/{MARK}/*"):
        yield from (Trace(str(path)) for path in CGROUPS.glob(pattern) if path.is_dir())


def state() -> Iterator[Trace]:
    """Clusters on record, who holds which root, locks, and folders of running programs."""
    for folder in (paths.CLUSTERS, RUN / MARK):
        if folder.is_dir():
            found = (path for path in folder.iterdir() if path != roots.RUN)
            yield from (Trace(str(path)) for path in found)
    for path in roots.RUN.iterdir() if roots.RUN.is_dir() else ():
        users = _users_of_root(path)
        yield from (Trace(f"{path} held by {user}") for user in users or ["nobody"])
    yield from (Trace(str(path)) for path in RUN.glob(f"{MARK}-*"))


def _start_time(pid: int) -> int:
    try:
        return ProcessId.of(pid).start_time
    except ProcessLookupError:
        return 0


def _ancestry(pid: int) -> str:
    """The command lines of the processes that `pid` descends from."""
    return " ".join(processes.command_of(ancestor) for ancestor in processes.ancestors(pid))


def _users_of_root(folder: Path) -> list[str]:
    """The labels (CLUSTER.MACHINE) of the nodes that hold the root mounted in `folder`."""
    try:
        return [path.name for path in (folder / "users").iterdir()]
    except OSError:
        return []


def _carries_root_in_use(device: str) -> bool:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if f" {device} " in line:
            return bool(_users_of_root(Path(line.split()[4]).parent))
    return False
