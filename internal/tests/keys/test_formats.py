"""What is signed and hashed, byte by byte: other implementations and older documents rely on it."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from asterism.errors import AttestationError
from asterism.keys import canonical
from asterism.keys.documents import Kind, SignedDocument, signed_bytes
from asterism.keys.owner import OwnerKey
from asterism.keys.secret import Secret

SEED = bytes(range(32))
BINDER = bytes(range(64))


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        (Kind.POLICY, b"asterism/policy/v1\0"),
        (Kind.GRANT, b"asterism/grant/v1\0"),
        (Kind.GENESIS, b"asterism/genesis/v1\0"),
        (Kind.REFERENCE_VALUES, b"asterism/reference-values/v1\0"),
    ],
)
def test_documents_are_signed_under_the_label_of_their_kind(kind: Kind, label: bytes) -> None:
    """An Ed25519 signature over label and canonical payload, by any implementation."""
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    owner = OwnerKey(Secret(SEED))
    document = SignedDocument.sign(kind, {"a": 1}, [owner])
    assert signed_bytes(kind, b"{}") == label + b"{}"
    assert document.signatures[0].signature == key.sign(label + b'{"a":1}')
    assert document.encode().startswith(b'{"payload":{"a":1},"signatures":[{"key":"')


def test_an_owner_proves_himself_under_a_label_of_its_own() -> None:
    """No document can be taken for a proof, nor a proof for a document."""
    owner = OwnerKey(Secret(SEED))
    message = b"asterism/owner-proof/v1\0" + BINDER
    Ed25519PublicKey.from_public_bytes(owner.public).verify(owner.prove(BINDER), message)


def test_an_owner_key_is_a_file_of_one_line(tmp_path: Path) -> None:
    """`owner.key` with the seed of RFC 8032 as hex: what a person keeps a copy of."""
    made = OwnerKey.create(tmp_path / "owner")
    text = (tmp_path / "owner" / "owner.key").read_text()
    seed = bytes.fromhex(text.removesuffix("\n"))
    assert text == f"{seed.hex()}\n"
    assert OwnerKey(Secret(seed)).public == made.public


def nested(levels: int) -> bytes:
    """Lists in one another around a number."""
    return b"[" * levels + b"1" + b"]" * levels


@pytest.mark.parametrize(
    ("largest", "too_large"),
    [
        (nested(15), nested(16)),
        (b'{"a":' * 15 + b"1" + b"}" * 15, b'{"a":' * 16 + b"1" + b"}" * 16),
        (b"9007199254740991", b"9007199254740992"),
        (b"-9007199254740991", b"-9007199254740992"),
        (b'"' + b"x" * 1048574 + b'"', b'"' + b"x" * 1048575 + b'"'),
    ],
    ids=["lists", "objects", "integer", "negative integer", "size"],
)
def test_limits_of_canonical_json(largest: bytes, too_large: bytes) -> None:
    """16 levels, 53 bits, one mebibyte: the last that fits is read, the next is not (DOC-001)."""
    assert canonical.encode(canonical.decode(largest)) == largest
    with pytest.raises(AttestationError) as caught:
        canonical.decode(too_large)
    (found,) = caught.value.mismatches
    assert (found.error_id, found.claim, found.source) == ("DOC-001", "document", "encoding")
