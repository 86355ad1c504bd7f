"""The genesis: its hash is the cluster, its signature the owner's."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from asterism.errors import AttestationError
from asterism.keys import canonical
from asterism.keys.authority import Authority
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.genesis import (
    AUTHORITY_NAMES,
    Authorities,
    FirstNode,
    Genesis,
    cluster_event_digest,
    cluster_pcr15,
)
from asterism.keys.owner import OwnerKey

AT = datetime(2026, 11, 23, tzinfo=UTC)
OWNER = OwnerKey.generate()
CERTIFICATES = {
    name: Authority.create(name, at=AT).certificate_pem.decode() for name in AUTHORITY_NAMES
}
GENESIS = Genesis(
    cluster="local",
    authorities=Authorities(**CERTIFICATES),
    trust_key=OwnerKey.generate().public,
    owners=(OWNER.public,),
    threshold=1,
    policy_digest=bytes(range(32)),
    policy_epoch=1,
    first_node=FirstNode("local-cp-1", bytes(range(64)), b"\0\x0b" + bytes(range(32))),
    random=bytes(range(32)),
)


def refusal(call: Callable[[], object]) -> str:
    """The ID that `call` is refused for."""
    with pytest.raises(AttestationError) as caught:
        call()
    return caught.value.error_id


def sign(genesis: Genesis = GENESIS, owner: OwnerKey = OWNER) -> SignedDocument:
    """The owner's document."""
    return SignedDocument.sign(Kind.GENESIS, genesis.payload(), [owner])


def test_survives_its_bytes() -> None:
    """What the owner signs is what members read, and its hash is the cluster ID."""
    document = SignedDocument.decode(sign().encode())
    genesis = Genesis.open(document, [OWNER.public])
    assert genesis == Genesis.decode(GENESIS.encode()) == GENESIS
    assert genesis.cluster_id == document.digest == hashlib.sha256(GENESIS.encode()).digest()


@pytest.mark.parametrize(
    "change",
    [
        {"cluster": "other"},
        {"policy_epoch": 2},
        {"random": bytes(range(1, 33))},
        {"trust_key": OwnerKey.generate().public},
        {"first_node": FirstNode("local-cp-2", bytes(64), bytes(34))},
    ],
    ids=lambda change: next(iter(change)),
)
def test_everything_in_it_makes_another_cluster(change: dict[str, Any]) -> None:
    """No part can change without the cluster ID."""
    assert replace(GENESIS, **change).cluster_id != GENESIS.cluster_id


def test_genesis_of_a_stranger_is_refused() -> None:
    """Neither his signature (DOC-005) nor ours over his owners (DOC-015) makes it our cluster."""
    stranger = OwnerKey.generate()
    assert refusal(lambda: Genesis.open(sign(owner=stranger), [OWNER.public])) == "DOC-005"
    foreign = replace(GENESIS, owners=(stranger.public,))
    assert refusal(lambda: Genesis.open(sign(foreign), [OWNER.public])) == "DOC-015"
    more = replace(GENESIS, owners=(OWNER.public, stranger.public))
    assert refusal(lambda: Genesis.open(sign(more), [OWNER.public])) == "DOC-015"


@pytest.mark.parametrize("threshold", [0, 2])
def test_threshold_must_be_reachable(threshold: int) -> None:
    """k of n: at least one owner, at most all: DOC-015."""
    assert refusal(lambda: replace(GENESIS, threshold=threshold)) == "DOC-015"


def test_authorities_must_differ() -> None:
    """One key for two purposes would let the one speak for the other: DOC-015."""
    same = replace(GENESIS.authorities, etcd=GENESIS.authorities.cluster)
    assert refusal(lambda: replace(GENESIS, authorities=same)) == "DOC-015"


@pytest.mark.parametrize("name", sorted(GENESIS.payload()))
def test_every_field_is_mandatory(name: str) -> None:
    """Nothing has a default: DOC-003."""
    payload = GENESIS.payload()
    del payload[name]
    assert refusal(lambda: Genesis.from_payload(payload)) == "DOC-003"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 2),
        ("authorities", {}),
        ("authorities", {**CERTIFICATES, "user": "x"}),
        ("trust_key", "00"),
        ("owners", []),
        ("owners", [OWNER.public_hex, OWNER.public_hex]),
        ("threshold", 0),
        ("policy", {"digest": "00" * 32, "epoch": 0}),
        ("first_node", {"name": "", "platform_id": "00" * 64, "ak_name": "00" * 34}),
        ("random", "00" * 31),
    ],
)
def test_malformed_values_are_refused(name: str, value: Any) -> None:
    """Type, size and range: DOC-003, DOC-004."""
    payload = GENESIS.payload() | {name: value}
    assert refusal(lambda: Genesis.from_payload(payload)) in {"DOC-003", "DOC-004"}


def test_other_encodings_are_refused() -> None:
    """A genesis with a space in it would have another hash: DOC-001."""
    assert refusal(lambda: Genesis.decode(GENESIS.encode() + b"\n")) == "DOC-001"
    assert canonical.decode(GENESIS.encode()) == GENESIS.payload()


def test_fingerprints_are_those_of_the_certificates() -> None:
    """What a person compares is SHA-256 of the DER."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    certificate = x509.load_pem_x509_certificate(CERTIFICATES["etcd"].encode())
    assert GENESIS.authorities.fingerprint("etcd") == certificate.fingerprint(SHA256())


def test_cluster_register_is_one_extend() -> None:
    """Zero, extended with the labelled cluster ID."""
    cluster_id = bytes(range(32))
    event = hashlib.sha256(b"asterism cluster\0" + cluster_id).digest()
    assert cluster_event_digest(cluster_id) == event
    assert cluster_pcr15(cluster_id) == hashlib.sha256(bytes(32) + event).digest()


@pytest.mark.parametrize("cluster_id", [b"", bytes(32), bytes(range(31)), bytes(range(33))])
def test_cluster_register_needs_a_cluster(cluster_id: bytes) -> None:
    """Nothing usable gives no expectation: DOC-007."""
    assert refusal(lambda: cluster_pcr15(cluster_id)) == "DOC-007"
