"""Initdata: the host's document for one machine, whose digest is bound into all evidence.

The container is unsigned: the host writes it. What is believed in it is what evidence binds
(the digest) and what the owner signed (grant and policy), under keys that the *reader* knows.
"""

import hashlib
from dataclasses import dataclass

from asterism.keys import canonical
from asterism.keys.canonical import Json
from asterism.keys.documents import KEY_SIZE, SignedDocument
from asterism.keys.fields import Fields

VERSION = 1
_MEMBERS = ("version", "cluster", "owners", "addresses", "grant", "policy")


@dataclass(frozen=True, slots=True)
class Initdata:
    """What the host tells a machine: cluster name, owners, where to dial, grant and policy."""

    cluster: str
    owners: tuple[bytes, ...]
    """Ed25519 public keys, 32 bytes each."""
    addresses: tuple[str, ...]
    """`IPv4:PORT` of the control planes on the underlay."""
    grant: SignedDocument
    policy: SignedDocument

    def encode(self) -> bytes:
        """The canonical bytes, which are what is measured."""
        owners: list[Json] = [owner.hex() for owner in self.owners]
        addresses: list[Json] = list(self.addresses)
        return canonical.encode(
            {
                "version": VERSION,
                "cluster": self.cluster,
                "owners": owners,
                "addresses": addresses,
                "grant": self.grant.to_json(),
                "policy": self.policy.to_json(),
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> "Initdata":
        """From the very bytes that were measured; AttestationError DOC-00x. Opens nothing."""
        top = Fields(canonical.decode_object(data), "initdata", _MEMBERS)
        top.version(VERSION)
        return cls(
            cluster=top.text("cluster"),
            owners=top.octet_list("owners", KEY_SIZE),
            addresses=top.endpoint_list("addresses"),
            grant=SignedDocument.from_json(top.raw("grant")),
            policy=SignedDocument.from_json(top.raw("policy")),
        )


def digest(data: bytes) -> bytes:
    """SHA-256 of the initdata bytes: SNP HOST_DATA and the one event digest of PCR 8."""
    return hashlib.sha256(data).digest()
