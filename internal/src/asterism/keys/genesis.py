"""The genesis: the one document that says what a cluster is. Its hash is the cluster ID.

Made by the first node, signed by the owner inside the attested session, and extended into PCR 15
of every member, so that a machine belongs to at most one cluster in its life (attack J08).
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import NoReturn, cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from asterism.errors import AttestationError
from asterism.keys import canonical
from asterism.keys.canonical import Json, JsonObject
from asterism.keys.documents import KEY_SIZE, Kind, SignedDocument
from asterism.keys.fields import Fields
from asterism.keys.unreadable import UNREADABLE

VERSION = 1
_MEMBERS = (
    "version",
    "cluster",
    "authorities",
    "trust_key",
    "owners",
    "threshold",
    "policy",
    "first_node",
    "random",
)


@dataclass(frozen=True, slots=True)
class Authorities:
    """PEM certificates of the cluster's authorities, each with a key of its own."""

    identity: str
    cluster: str
    etcd: str
    front_proxy: str
    user: str

    def fingerprint(self, name: str) -> bytes:
        """SHA-256 of the DER certificate of the authority `name`."""
        certificate = x509.load_pem_x509_certificate(cast("str", getattr(self, name)).encode())
        return hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()


AUTHORITY_NAMES = tuple(field.name for field in fields(Authorities))


@dataclass(frozen=True, slots=True)
class FirstNode:
    """The machine that made the genesis."""

    name: str
    platform_id: bytes
    """64 bytes (SNP CHIP_ID)."""
    ak_name: bytes
    """34 bytes: TPM name of the attestation key."""


@dataclass(frozen=True, slots=True)
class Genesis:
    """What a cluster is. `threshold` of the `owners` are needed to recover it."""

    cluster: str
    authorities: Authorities
    trust_key: bytes
    """Ed25519 public key, 32 bytes, of the trust service."""
    owners: tuple[bytes, ...]
    threshold: int
    policy_digest: bytes
    """SHA-256 of the canonical policy payload in force at the start."""
    policy_epoch: int
    first_node: FirstNode
    random: bytes
    """32 fresh bytes: no two genesis are equal."""

    def __post_init__(self) -> None:
        """AttestationError DOC-015 for a genesis that contradicts itself."""
        if not 1 <= self.threshold <= len(self.owners):
            _contradiction("threshold", f"1 to {len(self.owners)}", str(self.threshold))
        certificates = [getattr(self.authorities, name) for name in AUTHORITY_NAMES]
        if len(set(certificates)) != len(certificates):
            _contradiction("authorities", "five different certificates", "one of them twice")

    @property
    def cluster_id(self) -> bytes:
        """SHA-256 of the canonical payload, 32 bytes."""
        return hashlib.sha256(self.encode()).digest()

    def payload(self) -> JsonObject:
        """The document's payload."""
        authorities: JsonObject = {n: getattr(self.authorities, n) for n in AUTHORITY_NAMES}
        owners: list[Json] = [owner.hex() for owner in self.owners]
        return {
            "version": VERSION,
            "cluster": self.cluster,
            "authorities": authorities,
            "trust_key": self.trust_key.hex(),
            "owners": owners,
            "threshold": self.threshold,
            "policy": {"digest": self.policy_digest.hex(), "epoch": self.policy_epoch},
            "first_node": {
                "name": self.first_node.name,
                "platform_id": self.first_node.platform_id.hex(),
                "ak_name": self.first_node.ak_name.hex(),
            },
            "random": self.random.hex(),
        }

    def encode(self) -> bytes:
        """The canonical payload, which the owner is asked to sign."""
        return canonical.encode(self.payload())

    @classmethod
    def decode(cls, data: bytes) -> "Genesis":
        """From the canonical payload; AttestationError DOC-00x or DOC-015."""
        return cls.from_payload(canonical.decode_object(data))

    @classmethod
    def open(cls, document: SignedDocument, owners: Collection[bytes]) -> "Genesis":
        """The genesis that one of `owners`, as the reader knows them, has signed.

        DOC-015 if the genesis itself names other owners than the reader does.
        """
        genesis = cls.from_payload(document.open(Kind.GENESIS, owners))
        if frozenset(genesis.owners) != frozenset(owners):
            _contradiction("owners", _hex_list(owners), _hex_list(genesis.owners))
        return genesis

    @classmethod
    def from_payload(cls, payload: JsonObject) -> "Genesis":
        """The genesis of a payload whose signature was checked, or is to be given."""
        top = Fields(payload, "genesis", _MEMBERS)
        top.version(VERSION)
        policy = Fields(top.raw("policy"), "genesis.policy", ("digest", "epoch"))
        return cls(
            cluster=top.text("cluster"),
            authorities=_authorities(top.raw("authorities")),
            trust_key=top.octets("trust_key", KEY_SIZE),
            owners=top.octet_list("owners", KEY_SIZE),
            threshold=top.number("threshold", least=1),
            policy_digest=policy.octets("digest", 32),
            policy_epoch=policy.number("epoch", least=1),
            first_node=_first_node(top.raw("first_node")),
            random=top.octets("random", 32),
        )


def cluster_event_digest(cluster_id: bytes) -> bytes:
    """What PCR 15 is extended with: SHA-256("asterism cluster" || 00 || cluster ID)."""
    _require_cluster_id(cluster_id)
    return hashlib.sha256(b"asterism cluster\0" + cluster_id).digest()


def cluster_pcr15(cluster_id: bytes) -> bytes:
    """PCR 15 of a member: 32 zero bytes, extended once with the cluster's event digest."""
    return hashlib.sha256(bytes(32) + cluster_event_digest(cluster_id)).digest()


def _authorities(value: Json) -> Authorities:
    members = Fields(value, "genesis.authorities", AUTHORITY_NAMES)
    for name in AUTHORITY_NAMES:
        try:
            x509.load_pem_x509_certificate(members.text(name).encode())
        except UNREADABLE:
            members.refuse(name, "a PEM certificate")
    return Authorities(**{name: members.text(name) for name in AUTHORITY_NAMES})


def _first_node(value: Json) -> FirstNode:
    node = Fields(value, "genesis.first_node", ("name", "platform_id", "ak_name"))
    return FirstNode(node.text("name"), node.octets("platform_id", 64), node.octets("ak_name", 34))


def _require_cluster_id(cluster_id: bytes) -> None:
    if len(cluster_id) != 32 or len(set(cluster_id)) == 1:
        raise AttestationError.of(
            "DOC-007",
            claim="cluster ID",
            expected="32 bytes that differ",
            got=f"{len(cluster_id)} bytes",
            source="caller",
        )


def _hex_list(keys: Collection[bytes]) -> str:
    return ", ".join(sorted(key.hex() for key in keys))


def _contradiction(claim: str, expected: str, got: str) -> NoReturn:
    raise AttestationError.of(
        "DOC-015", claim=f"genesis {claim}", expected=expected, got=got, source="genesis"
    )
