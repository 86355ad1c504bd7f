"""`cluster list`: the clusters of this computer from its records alone. Nothing here is proven."""

from dataclasses import dataclass

from asterism.cluster import state
from asterism.config import hardware
from asterism.errors import Error
from asterism.machine.providers.sandbox.provider import SandboxProvider


@dataclass(frozen=True, slots=True)
class Listed:
    """One cluster of this computer, from its record alone: nothing here is proven."""

    name: str
    phase: str
    machines: int
    running: int | None
    """None when this user may not see the machines."""
    server: str
    created: str
    image: str
    """The image's directory on this computer."""
    labels: tuple[str, ...] = hardware.LABELS
    """What must be said of its machines."""


def listing() -> list[Listed]:
    """All clusters of this computer, unreadable ones included."""
    return [_listed(name) for name in state.names()]


def _listed(name: str) -> Listed:
    try:
        record = state.load(name)
    except Error:
        return Listed(name, "damaged", 0, None, "", "", "")
    return Listed(
        name=name,
        phase=record.phase.name.lower(),
        machines=len(record.machines),
        running=_running(name),
        server=record.server if record.relay_port else "",
        created=record.created,
        image=record.image,
    )


def _running(name: str) -> int | None:
    try:
        return sum(info.pid is not None for info in SandboxProvider().list_machines(name))
    except PermissionError:
        return None
