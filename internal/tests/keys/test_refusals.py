"""What a refusal of this package promises: its ID, the claim it is about, and who expected it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from asterism.errors import AttestationError
from asterism.keys.documents import Kind, Signature, SignedDocument
from asterism.keys.genesis import Genesis, cluster_pcr15
from asterism.keys.owner import OwnerKey, verify_proof

ALICE, BOB = OwnerKey.generate(), OwnerKey.generate()
BINDER = bytes(range(64))


def promise(call: Callable[[], object]) -> tuple[str, str, str]:
    """ID, claim and source of the one mismatch; the other fields are texts as well."""
    with pytest.raises(AttestationError) as caught:
        call()
    (found,) = caught.value.mismatches
    assert found.expected
    assert found.got
    return found.error_id, found.claim, found.source


def signed(*signers: OwnerKey) -> SignedDocument:
    """A grant."""
    return SignedDocument.sign(Kind.GRANT, {"a": 1}, signers)


def test_signatures() -> None:
    """By whom is said in full, so that keys can be compared."""
    forged = replace(signed(ALICE), signatures=(Signature(ALICE.public, bytes(64)),))
    assert promise(lambda: forged.open(Kind.GRANT, [ALICE.public])) == (
        "DOC-006",
        "signature",
        "document",
    )
    stranger = promise(lambda: signed(BOB).open(Kind.GRANT, [ALICE.public]))
    assert stranger == ("DOC-005", "grant signatures", "expected keys")


@pytest.mark.parametrize(
    ("signers", "got"), [([BOB], BOB.public_hex), ([], "none")], ids=["stranger", "nobody"]
)
def test_signers_that_were_found_are_shown(signers: list[OwnerKey], got: str) -> None:
    """A stranger's key by its digits, and none as none."""
    with pytest.raises(AttestationError) as caught:
        signed(*signers).open(Kind.GRANT, [ALICE.public])
    assert caught.value.mismatches[0].got == got


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)], ids=len)
def test_a_key_that_is_none_verifies_nothing(key: bytes) -> None:
    """Its size is no reason for another kind of error: DOC-006."""
    signature = Signature(key, bytes(64))
    assert promise(lambda: signature.verify(b"")) == ("DOC-006", "signature", "document")


@pytest.mark.parametrize("keys", [[], [ALICE.public, b""], [bytes(31), ALICE.public]])
def test_expectations(keys: list[bytes]) -> None:
    """One key that is none spoils the expectation, whatever stands beside it."""
    assert promise(lambda: signed(ALICE).open(Kind.GRANT, keys)) == (
        "DOC-007",
        "grant signatures",
        "caller",
    )


@pytest.mark.parametrize(
    ("value", "claim"),
    [
        ([], "document"),
        ({"payload": {"a": 1}, "signatures": 1}, "document.signatures"),
        ({"payload": {"a": 1}, "signatures": [1]}, "document.signatures"),
        ({"payload": {"a": 1}, "signatures": [{"key": 1, "signature": 1}]}, None),
    ],
)
def test_forms_of_documents(value: Any, claim: str | None) -> None:
    """The place inside the document is named."""
    wanted = claim or "document.signatures.key"
    assert promise(lambda: SignedDocument.from_json(value)) == ("DOC-004", wanted, "document form")


@pytest.mark.parametrize(
    "binder", [b"", bytes(63), bytes(64), b"\xff" * 64, bytes(range(65))], ids=len
)
def test_binders(binder: bytes) -> None:
    """A constant or short one could be anybody's: neither signed nor verified."""
    assert promise(lambda: ALICE.prove(binder)) == ("DOC-012", "binder", "caller")
    proof = ALICE.prove(BINDER)
    assert promise(lambda: verify_proof(ALICE.public, proof, binder)) == (
        "DOC-012",
        "binder",
        "caller",
    )


@pytest.mark.parametrize("key", [BOB.public, b""], ids=["another", "none"])
def test_proofs(key: bytes) -> None:
    """Of another key, or of none."""
    proof = ALICE.prove(BINDER)
    refused = promise(lambda: verify_proof(key, proof, BINDER))
    assert refused == ("DOC-012", "owner proof", "session")


def test_cluster_ids() -> None:
    """A constant one could be nobody's."""
    assert promise(lambda: cluster_pcr15(b"\xff" * 32)) == ("DOC-007", "cluster ID", "caller")


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        ({"version": 2}, "genesis.version"),
        ({"policy": 1}, "genesis.policy"),
        ({"authorities": 1}, "genesis.authorities"),
        ({"first_node": 1}, "genesis.first_node"),
    ],
)
def test_forms_of_a_genesis(genesis: Genesis, change: dict[str, Any], claim: str) -> None:
    """The part is named by its path."""
    payload = genesis.payload() | change
    assert promise(lambda: Genesis.from_payload(payload)) == ("DOC-004", claim, "document form")


def test_contradictions_of_a_genesis(genesis: Genesis) -> None:
    """Threshold, authorities and owners, each by name."""
    same = replace(genesis.authorities, etcd=genesis.authorities.user)
    document = SignedDocument.sign(Kind.GENESIS, genesis.payload(), [BOB])
    cases: dict[str, Callable[[], object]] = {
        "genesis threshold": lambda: replace(genesis, threshold=2),
        "genesis authorities": lambda: replace(genesis, authorities=same),
        "genesis owners": lambda: Genesis.open(document, [BOB.public]),
    }
    for claim, call in cases.items():
        assert promise(call) == ("DOC-015", claim, "genesis")
