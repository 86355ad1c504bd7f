"""Signed documents: who signed what, and as what."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.errors import AttestationError
from asterism.keys import canonical
from asterism.keys.documents import Kind, Signature, SignedDocument
from asterism.keys.owner import OwnerKey

ALICE, BOB, MALLORY = (OwnerKey.generate() for _ in range(3))
PAYLOAD: canonical.JsonObject = {"cluster": "local", "slot": "a"}


def refusal(call: Callable[[], object]) -> str:
    """The ID that `call` is refused for."""
    with pytest.raises(AttestationError) as caught:
        call()
    return caught.value.error_id


def signed(*signers: OwnerKey) -> SignedDocument:
    """A grant."""
    return SignedDocument.sign(Kind.GRANT, PAYLOAD, signers)


def test_survives_its_bytes() -> None:
    """Read back, it opens for whom it was signed."""
    document = SignedDocument.decode(signed(ALICE).encode())
    assert document.open(Kind.GRANT, [ALICE.public]) == PAYLOAD


def test_nests_in_another_document() -> None:
    """Initdata carry documents inside."""
    nested: canonical.Json = {"grant": signed(ALICE).to_json()}
    outer = canonical.decode_object(canonical.encode(nested))
    assert SignedDocument.from_json(outer["grant"]) == signed(ALICE)


def test_digest_names_what_is_said_and_not_who_says_it() -> None:
    """Further signatures leave the digest as it is."""
    assert signed(ALICE).digest == signed(ALICE, BOB).digest


def test_signature_counts_for_its_kind_only() -> None:
    """A grant is no policy: DOC-006."""
    for kind in set(Kind) - {Kind.GRANT}:
        assert refusal(lambda kind=kind: signed(ALICE).open(kind, [ALICE.public])) == "DOC-006"  # type: ignore[misc]


def test_stranger_is_refused() -> None:
    """A good signature of somebody else is none: DOC-005."""
    assert refusal(lambda: signed(MALLORY).open(Kind.GRANT, [ALICE.public])) == "DOC-005"
    assert refusal(lambda: signed().open(Kind.GRANT, [ALICE.public])) == "DOC-005"


def test_several_signatures_can_be_demanded() -> None:
    """Each expected key counts once; strangers do not count."""
    keys = [ALICE.public, BOB.public]
    assert signed(ALICE, BOB, MALLORY).open(Kind.GRANT, keys, at_least=2) == PAYLOAD
    assert refusal(lambda: signed(ALICE, MALLORY).open(Kind.GRANT, keys, at_least=2)) == "DOC-005"


def test_one_key_cannot_sign_twice() -> None:
    """The same signature repeated is no second one: DOC-004."""
    document = signed(ALICE)
    twice = replace(document, signatures=document.signatures * 2)
    assert refusal(lambda: SignedDocument.from_json(twice.to_json())) == "DOC-004"


def test_bad_signature_of_an_expected_key_refuses_the_document() -> None:
    """Even beside a good one that would have been enough: DOC-006."""
    bad = Signature(BOB.public, bytes(64))
    document = replace(signed(ALICE), signatures=(*signed(ALICE).signatures, bad))
    keys = [ALICE.public, BOB.public]
    assert refusal(lambda: document.open(Kind.GRANT, keys)) == "DOC-006"


@pytest.mark.parametrize(
    ("keys", "at_least"),
    [([], 1), ([b""], 1), ([bytes(31)], 1), ([ALICE.public], 0), ([ALICE.public] * 2, 2)],
)
def test_empty_expectation_is_refused(keys: list[bytes], at_least: int) -> None:
    """Nobody, nothing usable, or fewer keys than signatures wanted: DOC-007 (A04)."""
    assert refusal(lambda: signed(ALICE).open(Kind.GRANT, keys, at_least=at_least)) == "DOC-007"


@given(offset=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_any_changed_byte_is_refused(offset: int, flip: int) -> None:
    """Nothing in a document can change unseen (V02)."""
    data = bytearray(signed(ALICE).encode())
    data[offset % len(data)] ^= flip
    with pytest.raises(AttestationError):
        SignedDocument.decode(bytes(data)).open(Kind.GRANT, [ALICE.public])


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"payload": {}, "signatures": []},
        {"payload": [], "signatures": []},
        {"payload": {"a": 1}},
        {"payload": {"a": 1}, "signatures": {}},
        {"payload": {"a": 1}, "signatures": ["x"]},
        {"payload": {"a": 1}, "signatures": [{"key": "00", "signature": "00"}]},
        {"payload": {"a": 1}, "signatures": [{"key": "00" * 32}]},
        {"payload": {"a": 1}, "signatures": [{"key": "0 " * 32, "signature": "00" * 64}]},
        {"payload": {"a": 1}, "signatures": [], "extra": 1},
    ],
    ids=repr,
)
def test_other_forms_are_refused(value: Any) -> None:
    """Exactly payload and signatures, in exactly their form: DOC-002 to DOC-004."""
    assert refusal(lambda: SignedDocument.from_json(value)) in {"DOC-002", "DOC-003", "DOC-004"}
