"""The ledger of members: which machine holds which slot. A value; `LedgerFile` makes it durable.

The trust service answers a join only once the ledger that holds the assignment is on disk, so a
crash can never give one slot, address or pod range to two machines.
"""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from asterism.bootstrapper import durable
from asterism.bootstrapper.assignment import POD_PREFIX, Assignment, Peer
from asterism.config import network
from asterism.errors import ProvisionError, UserError

VERSION = 1


@dataclass(frozen=True, slots=True)
class Member:
    """One admitted machine: its place and address, and the identity of its platform.

    `platform` is SHA-256 over chip and TPM keys (`admission.platform_identity`); `chip` is
    the chip's own ID, for people.
    """

    peer: Peer
    platform: bytes
    chip: bytes
    tee: str
    emulated: bool

    @property
    def assignment(self) -> Assignment:
        """The member's place."""
        return self.peer.assignment

    @property
    def name(self) -> str:
        """The member's node name, which is its grant's slot."""
        return self.assignment.name


@dataclass(frozen=True, slots=True)
class Ledger:
    """All members. `nonce` is the create nonce that every grant of this cluster must carry."""

    cluster_id: bytes
    nonce: bytes
    members: tuple[Member, ...] = ()

    def by_name(self, name: str) -> Member | None:
        """The member that holds the slot `name`."""
        return next((m for m in self.members if m.name == name), None)

    def by_platform(self, platform: bytes) -> Member | None:
        """The member that is this machine."""
        return next((m for m in self.members if m.platform == platform), None)

    def with_member(self, member: Member) -> "Ledger":
        """The ledger in which `member` holds its slot."""
        others = tuple(m for m in self.members if m.name != member.name)
        return replace(self, members=(*others, member))

    def free_place(self) -> tuple[IPv4Address, IPv4Network]:
        """A mesh address and a pod range that nobody holds; UserError JOI-007 if none is left."""
        taken = {m.assignment.mesh_address for m in self.members}
        ranges = network.PODS.subnets(new_prefix=POD_PREFIX)
        for address, pods in zip(network.MESH.hosts(), ranges, strict=False):
            if address not in taken:
                return address, pods
        raise UserError("JOI-007", f"all {len(taken)} places of {network.MESH} are taken")

    def to_json(self) -> dict[str, Any]:
        """The file's content."""
        return {
            "version": VERSION,
            "cluster_id": self.cluster_id.hex(),
            "nonce": self.nonce.hex(),
            "members": [_member_to_json(m) for m in self.members],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Ledger":
        """From the file's content; ProvisionError JOI-501 for another form."""
        try:
            if value["version"] != VERSION:
                raise ProvisionError("JOI-501", f"ledger of version {value['version']}")
            members = tuple(_member_from_json(item) for item in value["members"])
            return cls(bytes.fromhex(value["cluster_id"]), bytes.fromhex(value["nonce"]), members)
        except (KeyError, TypeError, ValueError, OverflowError) as exc:
            raise ProvisionError("JOI-501", f"broken ledger: {exc!r}") from exc


class LedgerFile:
    """The ledger on the state disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Ledger | None:
        """The ledger, None before the genesis; ProvisionError JOI-501 when it is broken."""
        value = durable.read_json(self._path)
        return None if value is None else Ledger.from_json(value)

    def save(self, ledger: Ledger) -> None:
        """Return only when `ledger` survives a crash."""
        durable.write_json(self._path, ledger.to_json())


def _member_to_json(member: Member) -> dict[str, Any]:
    return {
        "peer": member.peer.to_json(),
        "platform": member.platform.hex(),
        "chip": member.chip.hex(),
        "tee": member.tee,
        "emulated": member.emulated,
    }


def _member_from_json(value: dict[str, Any]) -> Member:
    return Member(
        Peer.from_json(value["peer"]),
        bytes.fromhex(value["platform"]),
        bytes.fromhex(value["chip"]),
        str(value["tee"]),
        bool(value["emulated"]),
    )
