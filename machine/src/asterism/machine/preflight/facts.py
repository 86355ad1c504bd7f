"""What is known of a host: plain values, so that every judgement can be tried on a made-up host."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HostFacts:
    """One look at a host.

    A refusal is what the host answered when something was tried: empty when it worked, None when
    it was not tried (for want of root, or of the program to try it with).
    """

    user: int
    """Effective user ID."""
    programs: frozenset[str]
    """Those of `judgement.PROGRAMS` that root's path leads to."""
    namespaces: frozenset[str]
    """Kinds that the kernel has."""
    namespaces_refusal: str | None
    control_groups: str
    """The version in use, empty when they cannot be used."""
    control_groups_refusal: str
    file_systems: frozenset[str]
    """Those of `judgement.FILE_SYSTEMS` in the kernel or among its modules."""
    kernel: tuple[int, int]
    """Version and patch level."""
    devices: frozenset[str]
    """Names in /dev, of those a node gets and `loop-control`."""
    network_refusal: str | None
    packet_filter_refusal: str | None
    memory: int
    """Bytes that programs may still take."""
    place: Path
    """The existing directory in which clusters will lie."""
    writable: bool
    disk: int
    """Free bytes there."""
    inotify_limit: int
    """Instances that one user may have."""
    inotify_used: int
    """Instances that root has already."""
    now: datetime
    newest: datetime
    """When the youngest part of Asterism's state was made; the start of time if there is none."""
    synchronised: bool
    """Whether the kernel thinks that something keeps its clock right."""
