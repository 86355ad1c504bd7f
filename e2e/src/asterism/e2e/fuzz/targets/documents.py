"""Canonical JSON and the documents made of it."""

from asterism.attestation.grant import Grant
from asterism.attestation.initdata import Initdata
from asterism.attestation.policy import Policy
from asterism.bootstrapper.machine_identity import identify
from asterism.config.network import UNDERLAY
from asterism.e2e.fuzz.seeds import documents as made
from asterism.e2e.fuzz.target import Shape, Target
from asterism.keys import canonical
from asterism.keys.canonical import JsonObject
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.genesis import Genesis
from asterism.keys.names import Names

_WORDS = (b"null", b"1.0", b"-0", b"1e3", b"\\u0041", b"\\ud800", b"NaN", b"Infinity", b'"":',
          b" ", b"\xef\xbb\xbf", b"version", b"owners", b"9007199254740992")  # fmt: skip


def _canonical(data: bytes) -> None:
    value = canonical.decode(data)
    assert canonical.encode(value) == data


def _signed(data: bytes) -> None:
    document = SignedDocument.decode(data)
    assert document.encode() == data


def _open_signed(data: bytes) -> None:
    SignedDocument.decode(data).open(Kind.GRANT, made.OWNERS)


def _policy(data: bytes) -> None:
    payload = canonical.decode_object(data)
    assert Policy.from_payload(payload, made.OWNERS).payload() == payload


def _grant(data: bytes) -> None:
    """As the owner's own hand could have signed it."""
    payload: JsonObject = canonical.decode_object(data)
    document = SignedDocument.sign(Kind.GRANT, payload, [made.OWNER])
    assert Grant.open(document, made.OWNERS).payload() == payload


def _names(data: bytes) -> None:
    """The names of a grant, in the certificates that they come to stand in."""
    text = data.decode(errors="replace")
    payload: JsonObject = made.grant().payload() | {"slot": text, "cluster": text[:30]}
    document = SignedDocument.sign(Kind.GRANT, payload, [made.OWNER])
    grant = Grant.open(document, made.OWNERS)
    Names(f"system:node:{grant.slot}"[:64], ("asterism:nodes",), (grant.slot,)).alternatives()
    Names(f"{grant.cluster} front proxy").subject()


def _genesis(data: bytes) -> None:
    assert Genesis.decode(data).encode() == data


def _initdata(data: bytes) -> None:
    assert Initdata.decode(data).encode() == data


def _machine(data: bytes) -> None:
    identify(
        data,
        chip=made.CHIP,
        ek_certificate=b"certificate",
        ak_name=made.AK_NAME,
        address=UNDERLAY[12],
    )


def _canonical_seeds() -> list[bytes]:
    return [
        b'{"a":[1,true,"b"],"c":{}}',
        b"[]",
        b'"\xc3\xa4"',
        b"-9007199254740991",
        made.initdata().encode(),
    ]


TARGETS = (
    Target(
        "canonical-json",
        _canonical,
        _canonical_seeds,
        Shape.CANONICAL_JSON,
        ("asterism.keys.canonical.decode", "asterism.keys.canonical.decode_object"),
        _WORDS,
    ),
    Target(
        "signed-document",
        _signed,
        lambda: [made.initdata().grant.encode(), made.signed_genesis().encode()],
        Shape.CANONICAL_JSON,
        (
            "asterism.keys.documents.SignedDocument.decode",
            "asterism.keys.documents.SignedDocument.from_json",
        ),
        _WORDS,
    ),
    Target(
        "signatures",
        _open_signed,
        lambda: [made.initdata().grant.encode()],
        Shape.CANONICAL_JSON,
        (
            "asterism.keys.documents.SignedDocument.open",
            "asterism.keys.documents.Signature.verify",
        ),
        _WORDS,
    ),
    Target(
        "policy",
        _policy,
        lambda: [canonical.encode(made.policy().payload())],
        Shape.CANONICAL_JSON,
        (
            "asterism.attestation.policy.Policy.from_payload",
            "asterism.attestation.anchors.Anchors.from_pem",
        ),
        _WORDS,
    ),
    Target(
        "grant",
        _grant,
        lambda: [canonical.encode(made.grant().payload())],
        Shape.CANONICAL_JSON,
        ("asterism.attestation.grant.Grant.open",),
        _WORDS,
    ),
    Target(
        "certificate-names",
        _names,
        lambda: [b"local-worker-1", b"a"],
        Shape.TEXT,
        (),
        (b"\xc3\xa4", b".", b"*", b"\0", b"xn--"),
        maximum=128,
    ),
    Target(
        "genesis",
        _genesis,
        lambda: [made.genesis().encode()],
        Shape.CANONICAL_JSON,
        (
            "asterism.keys.genesis.Genesis.decode",
            "asterism.keys.genesis.Genesis.from_payload",
        ),
        _WORDS,
    ),
    Target(
        "initdata",
        _initdata,
        lambda: [made.initdata().encode()],
        Shape.CANONICAL_JSON,
        ("asterism.attestation.initdata.Initdata.decode",),
        _WORDS,
        maximum=8192,
    ),
    Target(
        "initdata-of-a-host",
        _machine,
        lambda: [made.initdata().encode()],
        Shape.CANONICAL_JSON,
        ("asterism.attestation.policy.Policy.open",),
        _WORDS,
        maximum=8192,
    ),
)
