"""What every machine provider promises.

State is on disk before the thing it describes is made, every verb can be repeated, and whatever an
interrupted verb left behind is removed by the corresponding delete.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from asterism.machine.spec import MachineSpec, Role
from asterism.machine.store import Phase


@dataclass(frozen=True, slots=True)
class MachineInfo:
    """One machine as `list_machines` sees it. `phase` is what its processes show, not a wish."""

    cluster: str
    machine: str
    phase: Phase
    role: Role | None = None
    address: str | None = None
    pid: int | None = None
    ready_ms: int | None = None
    error: str | None = None
    """Stable ID of the failure that ended it."""


@dataclass(frozen=True, slots=True)
class Started:
    """A machine whose init has said READY. `already` when it ran before the call."""

    pid: int
    ready_ms: int
    already: bool = False


class Provider(Protocol):
    """Makes, starts and removes machines and the networks between them."""

    def create_network(self, cluster: str) -> None:
        """Make the wires of a cluster, or what is missing of them."""

    def delete_network(self, cluster: str) -> None:
        """Remove them. Raises UserError MCH-010 while machines run on them."""

    def create(self, spec: MachineSpec, initdata: bytes) -> None:
        """Record a machine; nothing runs yet.

        Raises UserError MCH-004 when the name is taken by another specification or initdata.
        """

    def start(self, cluster: str, machine: str) -> Started:
        """Boot it and wait for its init. Raises UserError MCH-002, ProvisionError MCH-005, ..."""

    def stop(self, cluster: str, machine: str) -> None:
        """Halt it, cleanly if its init does so within 3 s. Its disk and TPM stay."""

    def delete(self, cluster: str, machine: str) -> None:
        """End it at once and remove everything of it, half-made or unknown ones too."""

    def require_running(self, cluster: str, machine: str) -> None:
        """Raises ProvisionError MCH-019 unless it runs, with the ID of what ended it."""

    def list_machines(self, cluster: str) -> list[MachineInfo]:
        """Every machine of a cluster that has left a trace."""

    def console_log(self, cluster: str, machine: str) -> Path:
        """What the node wrote to its console. Raises UserError MCH-002."""

    def machine_log(self, cluster: str, machine: str) -> Path:
        """What the machine's process on the host wrote. Raises UserError MCH-002."""

    def attach_disk(self, cluster: str, machine: str, disk: Path) -> None:
        """Give it a further disk. Raises ProvisionError MCH-009 where that is not offered."""

    def detach_disk(self, cluster: str, machine: str, disk: Path) -> None:
        """Take a further disk away. Raises ProvisionError MCH-009 where that is not offered."""
