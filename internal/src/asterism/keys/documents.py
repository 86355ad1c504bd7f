"""Signed documents: a canonical payload with Ed25519 signatures over the kind of the document.

Form: `{"payload": {...}, "signatures": [{"key": hex, "signature": hex}, ...]}`. The label in the
signed bytes keeps a signature under one kind of document from being used under another.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from asterism.errors import AttestationError
from asterism.keys import canonical
from asterism.keys.canonical import Json, JsonObject
from asterism.keys.fields import Fields

KEY_SIZE = 32
SIGNATURE_SIZE = 64


class Kind(StrEnum):
    """What a signature is for; part of the signed bytes."""

    POLICY = "policy"
    GRANT = "grant"
    GENESIS = "genesis"
    REFERENCE_VALUES = "reference-values"


class Signer(Protocol):
    """A holder of an Ed25519 key, e.g. `owner.OwnerKey`."""

    @property
    def public(self) -> bytes:
        """32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: 32 bytes of key, 64 of signature."""

    key: bytes
    signature: bytes

    def verify(self, message: bytes) -> None:
        """AttestationError DOC-006 unless `key` signed `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(self.signature, message)
        except (InvalidSignature, ValueError):
            raise AttestationError.of(
                "DOC-006",
                claim="signature",
                expected=f"by {self.key.hex()}",
                got="one that does not verify",
                source="document",
            ) from None


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A payload as canonical bytes, so that it cannot change, and its signatures.

    Nothing in it is believed before `open`.
    """

    payload_bytes: bytes
    signatures: tuple[Signature, ...]

    @classmethod
    def sign(cls, kind: Kind, payload: JsonObject, signers: Iterable[Signer]) -> "SignedDocument":
        """The document of `kind`, signed by each of `signers`."""
        data = canonical.encode(payload)
        message = signed_bytes(kind, data)
        return cls(data, tuple(Signature(s.public, s.sign(message)) for s in signers))

    @classmethod
    def from_json(cls, value: Json) -> "SignedDocument":
        """From its place inside another document; AttestationError DOC-00x for another form."""
        fields = Fields(value, "document", ("payload", "signatures"))
        items = fields.raw("signatures")
        if not isinstance(items, list):
            fields.refuse("signatures", "a list")
        signatures = tuple(_signature(item) for item in items)
        if len({s.key for s in signatures}) != len(signatures):
            fields.refuse("signatures", "one signature for each key")
        return cls(canonical.encode(fields.object("payload")), signatures)

    @classmethod
    def decode(cls, data: bytes) -> "SignedDocument":
        """From its canonical bytes."""
        return cls.from_json(canonical.decode_object(data))

    def to_json(self) -> JsonObject:
        """For putting it inside another document."""
        signatures: list[Json] = [
            {"key": s.key.hex(), "signature": s.signature.hex()} for s in self.signatures
        ]
        return {"payload": canonical.decode(self.payload_bytes), "signatures": signatures}

    def encode(self) -> bytes:
        """Its canonical bytes."""
        return canonical.encode(self.to_json())

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical payload: the name of what is said, whoever signed it."""
        return hashlib.sha256(self.payload_bytes).digest()

    def open(
        self, kind: Kind, expected_keys: Collection[bytes], *, at_least: int = 1
    ) -> JsonObject:
        """The payload, once `at_least` of `expected_keys` signed it as `kind`.

        Signatures of other keys say nothing and are passed over; a signature of an expected key
        that does not verify refuses the document (DOC-006), as do too few (DOC-005) and an empty
        expectation (DOC-007).
        """
        _require_expectation(kind, expected_keys, at_least)
        message = signed_bytes(kind, self.payload_bytes)
        known = [s for s in self.signatures if s.key in expected_keys]
        for signature in known:
            signature.verify(message)
        if len(known) < at_least:
            raise AttestationError.of(
                "DOC-005",
                claim=f"{kind} signatures",
                expected=f"{at_least} by {', '.join(sorted(k.hex() for k in expected_keys))}",
                got=", ".join(s.key.hex() for s in self.signatures) or "none",
                source="expected keys",
            )
        return canonical.decode_object(self.payload_bytes)


def signed_bytes(kind: Kind, payload: bytes) -> bytes:
    """What a signature under `kind` is over: label, version, zero byte, canonical payload."""
    return b"asterism/" + kind.value.encode() + b"/v1\0" + payload


def _signature(value: Json) -> Signature:
    fields = Fields(value, "document.signatures", ("key", "signature"))
    return Signature(fields.octets("key", KEY_SIZE), fields.octets("signature", SIGNATURE_SIZE))


def _require_expectation(kind: Kind, keys: Collection[bytes], at_least: int) -> None:
    if at_least < 1 or len(set(keys)) < at_least or any(len(k) != KEY_SIZE for k in keys):
        raise AttestationError.of(
            "DOC-007",
            claim=f"{kind} signatures",
            expected=f"at least one key of {KEY_SIZE} bytes to check against",
            got=f"{len(keys)} keys, {at_least} wanted",
            source="caller",
        )
