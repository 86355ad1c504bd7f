"""From facts of a host to checks with outcome and remedy. Pure."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from asterism.machine.preflight.check import Check, Weight
from asterism.machine.preflight.facts import HostFacts
from asterism.machine.providers.sandbox.node_root import DEVICES

MEBIBYTE = 1 << 20
CONTROL_PLANE_MEMORY = 1100 * MEBIBYTE
WORKER_MEMORY = 350 * MEBIBYTE
"""Measured: a control plane takes 690 MiB and a worker 150 MiB, before any workload."""
FREE_DISK = 4096 * MEBIBYTE
CONTROL_PLANE_INOTIFY = 30
WORKER_INOTIFY = 15
"""Measured: 26 instances of a control plane and 12 of a worker are root's, before any workload."""

NAMESPACES = ("mnt", "pid", "net", "uts", "ipc", "cgroup")
PROGRAMS = ("swtpm", "ip", "nft", "setpriv", "setsid", "unshare")
FILE_SYSTEMS = ("erofs", "overlay")
EROFS_FROM_FILES = (6, 12)
"""The first kernel that mounts erofs without a loop device."""

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
LATEST = datetime(2056, 1, 1, tzinfo=UTC)
"""A clock outside of these years is wrong: certificates made by it would be of no use."""
CLOCK_TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Needs:
    """The cluster that is to be made."""

    control_planes: int
    workers: int

    @property
    def memory(self) -> int:
        """Bytes that its nodes take."""
        return self.control_planes * CONTROL_PLANE_MEMORY + self.workers * WORKER_MEMORY

    @property
    def inotify(self) -> int:
        """Instances that its nodes take."""
        return self.control_planes * CONTROL_PLANE_INOTIFY + self.workers * WORKER_INOTIFY


class Lacking(Exception):  # noqa: N818 - never leaves this module
    """A check failed; the text is what was found."""


Look: TypeAlias = Callable[[HostFacts, Needs], str]


def judge(facts: HostFacts, needs: Needs) -> list[Check]:
    """All checks, in the order in which to mend what fails."""
    return [
        _check(name, error_id, weight, look, facts, needs)
        for name, error_id, weight, look in (*_BASE, *_KERNEL, *_RESOURCES)
    ]


def ignorable() -> list[str]:
    """Names of the checks that may be ignored."""
    return [name for name, _, weight, _ in (*_BASE, *_KERNEL, *_RESOURCES) if weight != "required"]


def _check(
    name: str, error_id: str, weight: Weight, look: Look, facts: HostFacts, needs: Needs
) -> Check:
    try:
        return Check(name, True, look(facts, needs), error_id, weight)
    except Lacking as exc:
        return Check(name, False, str(exc), error_id, weight)


def _root(facts: HostFacts, _: Needs) -> str:
    if facts.user != 0:
        raise Lacking(f"this is user {facts.user}")
    return "this is root"


def _programs(facts: HostFacts, _: Needs) -> str:
    _require_all(PROGRAMS, facts.programs, "not installed:")
    return ", ".join(PROGRAMS)


def _namespaces(facts: HostFacts, _: Needs) -> str:
    _require_all(NAMESPACES, facts.namespaces, "the kernel lacks")
    return _tried(facts.namespaces_refusal, ", ".join(NAMESPACES))


def _control_groups(facts: HostFacts, _: Needs) -> str:
    if not facts.control_groups:
        raise Lacking(facts.control_groups_refusal)
    return f"version {facts.control_groups}"


def _erofs(facts: HostFacts, _: Needs) -> str:
    _require_all(("erofs",), facts.file_systems, "the kernel knows no")
    return "offered by the kernel"


def _overlay(facts: HostFacts, _: Needs) -> str:
    _require_all(("overlay",), facts.file_systems, "the kernel knows no")
    return "offered by the kernel"


def _loop(facts: HostFacts, _: Needs) -> str:
    if facts.kernel >= EROFS_FROM_FILES:
        return "not needed by this kernel"
    _require_all(("loop-control",), facts.devices, "/dev lacks")
    return "/dev/loop-control"


def _devices(facts: HostFacts, _: Needs) -> str:
    _require_all(DEVICES, facts.devices, "/dev lacks")
    return ", ".join(DEVICES)


def _network(facts: HostFacts, _: Needs) -> str:
    return _tried(facts.network_refusal, "veth, bridge")


def _packet_filter(facts: HostFacts, _: Needs) -> str:
    return _tried(facts.packet_filter_refusal, "nftables with NAT")


def _memory(facts: HostFacts, needs: Needs) -> str:
    found = f"{facts.memory // MEBIBYTE} MiB available"
    return _enough(facts.memory, needs.memory, found, f"{needs.memory // MEBIBYTE} MiB")


def _state(facts: HostFacts, _: Needs) -> str:
    if not facts.writable:
        raise Lacking(f"{facts.place} is read-only or another user's")
    return f"{facts.place} can be written"


def _disk(facts: HostFacts, _: Needs) -> str:
    found = f"{facts.disk // MEBIBYTE} MiB free on {facts.place}"
    return _enough(facts.disk, FREE_DISK, found, f"{FREE_DISK // MEBIBYTE} MiB")


def _inotify(facts: HostFacts, needs: Needs) -> str:
    left = facts.inotify_limit - facts.inotify_used
    found = f"{left} of {facts.inotify_limit} instances left to root"
    return _enough(left, needs.inotify, found, str(needs.inotify))


def _clock(facts: HostFacts, _: Needs) -> str:
    shown = f"it is {facts.now.isoformat(timespec='seconds')}"
    if not EARLIEST < facts.now < LATEST:
        raise Lacking(shown)
    if facts.now < facts.newest - CLOCK_TOLERANCE:
        newest = facts.newest.isoformat(timespec="seconds")
        raise Lacking(f"{shown}, but what lies on this computer was made at {newest}")
    return shown


def _synchronised(facts: HostFacts, _: Needs) -> str:
    if not facts.synchronised:
        raise Lacking("nothing keeps the clock right")
    return "the kernel's clock is kept right"


def _require_all(wanted: Iterable[str], there: Collection[str], words: str) -> None:
    missing = [name for name in wanted if name not in there]
    if missing:
        raise Lacking(f"{words} {', '.join(missing)}")


def _tried(refusal: str | None, found: str) -> str:
    if refusal:
        raise Lacking(refusal)
    return f"{found} (not tried)" if refusal is None else found


def _enough(have: int, need: int, found: str, needed: str) -> str:
    if have < need:
        raise Lacking(f"{found}, {needed} needed")
    return found


_Row: TypeAlias = tuple[str, str, Weight, Look]

_BASE: tuple[_Row, ...] = (
    ("root", "HST-001", "required", _root),
    ("programs", "HST-006", "required", _programs),
)
_KERNEL: tuple[_Row, ...] = (
    ("namespaces", "HST-002", "required", _namespaces),
    ("control-groups", "HST-003", "required", _control_groups),
    ("erofs", "HST-004", "required", _erofs),
    ("overlay", "HST-005", "required", _overlay),
    ("loop", "HST-009", "required", _loop),
    ("devices", "HST-010", "required", _devices),
    ("network", "HST-011", "required", _network),
    ("packet-filter", "HST-012", "required", _packet_filter),
)
_RESOURCES: tuple[_Row, ...] = (
    ("memory", "HST-007", "ignorable", _memory),
    ("state", "HST-016", "required", _state),
    ("disk", "HST-008", "ignorable", _disk),
    ("inotify", "HST-013", "ignorable", _inotify),
    ("clock", "HST-014", "ignorable", _clock),
    ("clock-source", "HST-015", "advice", _synchronised),
)
