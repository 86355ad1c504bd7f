"""What the trust service gives a member, and where peers find it: plain values."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from asterism.attestation.grant import Role
from asterism.config import network
from asterism.errors import RemoteProtocolError
from asterism.proto.trust.v1 import trust_pb2

POD_PREFIX = 24


@dataclass(frozen=True, slots=True)
class Assignment:
    """A member's place: node name, role, mesh address, the /24 of its pods, admission count."""

    name: str
    role: Role
    mesh_address: IPv4Address
    pod_range: IPv4Network
    generation: int

    def to_json(self) -> dict[str, Any]:
        """For state files."""
        return {
            "name": self.name,
            "role": self.role.value,
            "mesh_address": str(self.mesh_address),
            "pod_range": str(self.pod_range),
            "generation": self.generation,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Assignment":
        """ValueError or KeyError if it is no assignment of this cluster's ranges."""
        found = cls(
            value["name"],
            Role(value["role"]),
            IPv4Address(value["mesh_address"]),
            IPv4Network(value["pod_range"]),
            int(value["generation"]),
        )
        _check_ranges(found)
        return found

    def to_proto(self) -> trust_pb2.Assignment:
        """For the wire."""
        return trust_pb2.Assignment(**self.to_json())

    @classmethod
    def from_proto(cls, message: trust_pb2.Assignment) -> "Assignment":
        """From the wire; RemoteProtocolError JOI-103 for values outside the cluster's ranges."""
        try:
            found = cls(
                message.name,
                Role(message.role),
                IPv4Address(message.mesh_address),
                IPv4Network(message.pod_range),
                message.generation,
            )
            _check_ranges(found)
        except ValueError as exc:
            raise RemoteProtocolError("JOI-103", f"broken assignment: {exc}") from exc
        return found


@dataclass(frozen=True, slots=True)
class Peer:
    """A member and its underlay address: a routing hint, never an identity."""

    assignment: Assignment
    underlay_address: IPv4Address
    attest_port: int

    def to_json(self) -> dict[str, Any]:
        """For state files."""
        return {
            "assignment": self.assignment.to_json(),
            "underlay_address": str(self.underlay_address),
            "attest_port": self.attest_port,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Peer":
        """ValueError or KeyError if it is no peer."""
        return cls(
            Assignment.from_json(value["assignment"]),
            IPv4Address(value["underlay_address"]),
            int(value["attest_port"]),
        )

    def to_proto(self) -> trust_pb2.Peer:
        """For the wire."""
        return trust_pb2.Peer(
            assignment=self.assignment.to_proto(),
            underlay_address=str(self.underlay_address),
            attest_port=self.attest_port,
        )

    @classmethod
    def from_proto(cls, message: trust_pb2.Peer) -> "Peer":
        """From the wire; RemoteProtocolError JOI-103 for what cannot be a peer."""
        underlay = underlay_address(message.underlay_address)
        port = attest_port(message.attest_port)
        return cls(Assignment.from_proto(message.assignment), underlay, port)


def attest_port(number: int) -> int:
    """A port that can be dialled; RemoteProtocolError JOI-103 for another."""
    if not 0 < number < 1 << 16:
        raise RemoteProtocolError("JOI-103", f"{number} is not a port")
    return number


def underlay_address(text: str) -> IPv4Address:
    """An address on the machines' wires; RemoteProtocolError JOI-103 for another."""
    try:
        address = IPv4Address(text)
    except ValueError as exc:
        raise RemoteProtocolError("JOI-103", f"broken underlay address: {exc}") from exc
    if address not in network.UNDERLAY:
        raise RemoteProtocolError("JOI-103", f"{address} is outside {network.UNDERLAY}")
    return address


def _check_ranges(found: Assignment) -> None:
    """ValueError for addresses elsewhere: routes and the way to the API server lead there."""
    pods = found.pod_range
    if found.mesh_address not in network.MESH:
        msg = f"{found.mesh_address} is outside {network.MESH}"
        raise ValueError(msg)
    if pods.prefixlen != POD_PREFIX or not pods.subnet_of(network.PODS):
        msg = f"{pods} is no /{POD_PREFIX} of {network.PODS}"
        raise ValueError(msg)
