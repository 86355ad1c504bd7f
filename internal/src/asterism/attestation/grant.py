"""The admission grant: the owner's word that one machine may take one place in a cluster."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from asterism.keys.canonical import JsonObject
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.fields import Fields

VERSION = 1
NONCE_SIZE = 32
CLUSTER_NAME_SIZE = 30
"""Characters; the names of authorities and machines are built of it."""
SLOT_SIZE = 63
"""Characters: a node's name is a DNS label, and stands in its certificates."""


class Role(StrEnum):
    """What a machine is in its cluster."""

    CONTROL_PLANE = "control-plane"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Grant:
    """Role and slot are believed because the owner signed them, never because a host says so."""

    cluster: str
    nonce: bytes
    """32 bytes: the nonce of this `create`."""
    slot: str
    """The node's name."""
    role: Role
    single_use: bool = True

    def payload(self) -> JsonObject:
        """The document's payload."""
        return {
            "version": VERSION,
            "cluster": self.cluster,
            "nonce": self.nonce.hex(),
            "slot": self.slot,
            "role": self.role.value,
            "single_use": self.single_use,
        }

    @classmethod
    def open(cls, document: SignedDocument, owners: Collection[bytes]) -> "Grant":
        """The grant that one of `owners` signed; AttestationError DOC-00x otherwise."""
        payload = document.open(Kind.GRANT, owners)
        top = Fields(
            payload, "grant", ("version", "cluster", "nonce", "slot", "role", "single_use")
        )
        top.version(VERSION)
        if not top.flag("single_use"):
            top.refuse("single_use", "true")
        return cls(
            cluster=top.label("cluster", CLUSTER_NAME_SIZE),
            nonce=top.octets("nonce", NONCE_SIZE),
            slot=top.label("slot", SLOT_SIZE),
            role=Role(top.choice("role", [role.value for role in Role])),
        )
