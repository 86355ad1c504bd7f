"""Where a connection goes, from the TLS server name alone. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

from asterism.config import network
from asterism.machine.spec import Role


@dataclass(frozen=True, slots=True)
class Target:
    """A machine that connections can be led to."""

    machine: str
    role: Role
    address: IPv4Address


def targets_for(server_name: str | None, machines: Iterable[Target]) -> list[Target]:
    """Whom to try, in order; none when the name means a machine that the cluster lacks.

    `MACHINE.attest.asterism.internal` means that machine, anything else any control plane.
    """
    known = sorted(machines, key=lambda target: target.address)
    suffix = f".{network.ATTEST_SERVER_NAME}"
    if server_name is not None and server_name.endswith(suffix):
        wanted = server_name.removesuffix(suffix)
        return [target for target in known if target.machine == wanted]
    return [target for target in known if target.role == "control-plane"]
