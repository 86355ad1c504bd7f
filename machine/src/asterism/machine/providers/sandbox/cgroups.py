"""Control groups of a node, on hosts with the unified hierarchy and on hosts with version 1.

A node gets one group `asterism/CLUSTER.MACHINE` in every hierarchy, joins them, and takes a new
cgroup namespace: from inside, its own groups are the roots (cgroup_namespaces(7)).
"""

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from asterism import clock
from asterism.errors import ProvisionError, UserError
from asterism.machine.providers.sandbox import devices

ROOT = Path("/sys/fs/cgroup")
PARENT = "asterism"

V1_CONTROLLERS = (
    "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd",
)  # fmt: skip
V2_CONTROLLERS = ("cpu", "cpuset", "io", "memory", "pids")
V1_SYSTEMD_ARGUMENTS = (
    "systemd.unified_cgroup_hierarchy=0",
    "systemd.legacy_systemd_cgroup_controller=yes",
    "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1",
)
"""What systemd 257 must be told on version 1, or it writes to the host's unified hierarchy."""

REMOVE_SECONDS = 5.0
REMOVE_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Hierarchies:
    """The host's hierarchies that a node takes part in."""

    unified: bool
    root: Path = ROOT

    @classmethod
    def of_host(cls, root: Path = ROOT) -> "Hierarchies":
        """Raises UserError HST-003 when the host lacks a hierarchy or controller."""
        if (root / "cgroup.controllers").exists():
            offered = (root / "cgroup.controllers").read_text().split()
            _require([name for name in V2_CONTROLLERS if name not in offered])
            return cls(unified=True, root=root)
        _require([name for name in V1_CONTROLLERS if not (root / name / "cgroup.procs").exists()])
        return cls(unified=False, root=root)

    @property
    def controllers(self) -> tuple[str, ...]:
        """Names of the version 1 hierarchies, none on a unified host."""
        return () if self.unified else V1_CONTROLLERS

    @property
    def mounts(self) -> tuple[Path, ...]:
        """Where the hierarchies are mounted on the host."""
        return tuple(self.root / name for name in self.controllers) or (self.root,)

    def groups_of(self, label: str) -> tuple[Path, ...]:
        """The node's group in each hierarchy."""
        return tuple(mount / PARENT / label for mount in self.mounts)

    def make(self, label: str) -> None:
        """Make the node's groups, ready to be joined."""
        for mount in self.mounts:
            group = mount / PARENT / label
            _make(group)
            if self.unified:
                _delegate(mount)
                _delegate(group.parent)
                devices.deny_v2(group)
            elif mount.name == "cpuset":
                _fill_cpuset(mount, group)
            elif mount.name == "devices":
                devices.deny_v1(group)

    def limit_memory(self, label: str, mebibytes: int) -> None:
        """Let the node's processes have so much memory together; the kernel kills one for more."""
        size = str(mebibytes << 20)
        if self.unified:
            group = self.root / PARENT / label
            (group / "memory.max").write_text(size)
            (group / "memory.swap.max").write_text("0")
        else:
            (self.root / "memory" / PARENT / label / "memory.limit_in_bytes").write_text(size)

    def join(self, label: str) -> None:
        """Move the calling process (single-threaded) into the node's groups."""
        for group in self.groups_of(label):
            (group / "cgroup.procs").write_text("0")


def remove(groups: tuple[Path, ...]) -> None:
    """Remove groups with everything below; those already gone are no fault.

    Raises ProvisionError MCH-011 when a group keeps processes for 5 s.
    """
    end = clock.monotonic() + REMOVE_SECONDS
    for group in groups:
        while not _removed(group):
            if clock.monotonic() > end:
                raise ProvisionError("MCH-011", f"control group {group} does not become empty")
            clock.sleep(REMOVE_POLL_SECONDS)
        with suppress(OSError):
            group.parent.rmdir()  # only when no other node is left


def _removed(group: Path) -> bool:
    try:
        for folder, _, _ in os.walk(group, topdown=False):
            with suppress(FileNotFoundError):
                Path(folder).rmdir()
    except OSError as exc:
        if exc.errno not in {errno.EBUSY, errno.ENOTEMPTY}:
            raise
        return False
    return not group.exists()


def _make(group: Path) -> None:
    # Another node's removal may take the empty parent away between our two steps.
    while not group.is_dir():
        with suppress(FileNotFoundError):
            group.parent.mkdir(exist_ok=True)
            group.mkdir(exist_ok=True)


def _delegate(group: Path) -> None:
    wanted = " ".join(f"+{name}" for name in V2_CONTROLLERS)
    (group / "cgroup.subtree_control").write_text(wanted)


def _fill_cpuset(mount: Path, group: Path) -> None:
    # On version 1 a new cpuset is empty and refuses processes.
    for folder in (group.parent, group):
        for name in ("cpuset.cpus", "cpuset.mems"):
            (folder / name).write_text((mount / name).read_text())
        (folder / "cgroup.clone_children").write_text("1")


def _require(missing: list[str]) -> None:
    if missing:
        names = ", ".join(missing)
        raise UserError("HST-003", f"control group hierarchies or controllers missing: {names}")
