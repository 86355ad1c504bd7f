"""Secrets are taken out of text in whatever form they stand there, and nothing else is."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.cluster.support.redaction import Redactor
from asterism.e2e import canaries

SECRET = canaries.fresh()
P256 = ec.generate_private_key(ec.SECP256R1())
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
KEYS: dict[str, PrivateKey] = {
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
    "P-256": P256,
    "RSA": rsa.generate_private_key(public_exponent=65537, key_size=2048),
}
FORMATS = {"PKCS8": PrivateFormat.PKCS8, "traditional": PrivateFormat.TraditionalOpenSSL}


def private(name: str, encoding: Encoding, form: PrivateFormat) -> bytes:
    """A private key; Ed25519 has no traditional form."""
    key = KEYS[name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        form = PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, NoEncryption())


def redacted(text: bytes, **known: bytes) -> bytes:
    """`text` without secrets."""
    return Redactor({name: (value,) for name, value in known.items()}).redact(text)[0]


WRITTEN = {
    "raw": SECRET,
    "hex": SECRET.hex().encode(),
    "HEX": SECRET.hex().upper().encode(),
    **{f"base64+{n}": base64.b64encode(b"?" * n + SECRET + b"??") for n in range(4)},
    **{f"base64url+{n}": base64.urlsafe_b64encode(b"?" * n + SECRET) for n in range(3)},
}


@pytest.mark.parametrize("form", WRITTEN)
def test_a_known_value_goes_in_every_form(form: str) -> None:
    """Raw, hexadecimal, and base64 wherever its groups begin."""
    found = redacted(b"before " + WRITTEN[form] + b" behind", owner=SECRET)
    assert canaries.scan("text", found, {"owner": SECRET}) == []
    assert found.startswith(b"before")
    assert found.endswith(b"behind")


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=8, max_size=40), st.binary(max_size=5), st.binary(max_size=5))
def test_a_known_value_goes_wherever_it_stands_in_base64(
    value: bytes, before: bytes, behind: bytes
) -> None:
    """Whatever is encoded with it."""
    found = redacted(base64.b64encode(before + value + behind), known=value)
    core = canaries.written(value)[f"base64+{len(before) % 3}"]
    assert core not in found or len(core) < 8


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", KEYS)
def test_private_keys_go(name: str, form: str) -> None:
    """As PEM, as PEM in JSON, twice wrapped in base64 as in a Secret, and as bare DER."""
    pem = private(name, Encoding.PEM, FORMATS[form])
    der = private(name, Encoding.DER, FORMATS[form])
    body = b"".join(pem.splitlines()[1:-1])
    texts = {
        "PEM": b"log: " + pem + b"end",
        "JSON": json.dumps({"a": pem.decode()}).encode(),
        "base64": b"data: " + base64.b64encode(pem),
        "base64 of base64": base64.b64encode(b"k: " + base64.b64encode(pem)),
        "DER": b"key " + base64.b64encode(der) + b" end",
        "hex": b"key " + der.hex().encode() + b" end",
    }
    for what, text in texts.items():
        found = redacted(text)
        assert b"redacted: private key" in found, what
        assert canaries.scan(what, found, {"key": der[-40:], "body": body[-60:]}) == [], what


def test_a_key_that_is_cut_off_goes_too() -> None:
    """Without its end, and, where a log begins in the middle of one, without its beginning."""
    pem = private("RSA", Encoding.PEM, PrivateFormat.PKCS8)
    lines = pem.splitlines(keepends=True)
    for cut in (b"".join(lines[:8]), b"".join(lines[8:]) + b"\nlater"):
        found = redacted(cut)
        assert not any(line.strip() in found for line in lines[1:-1])
    assert redacted(b"".join(lines[8:]) + b"\nlater").endswith(b"later")


LINES = {
    b'{"level":"info","token":"%s","more":1}': b'"more":1}',
    b"Authorization: Bearer %s": b"Authorization",
    b"curl -H 'Authorization: bearer %s' https://x": b"https://x",
    b"password=%s user=me": b"user=me",
    b"client-key-data: %s": b"client-key-data",
    b'"{\\"password\\":\\"%s\\",\\"user\\":\\"me\\"}"': b"me",
    b"kubelet --bootstrap-token %s": b"kubelet",
    b"ETCD_SECRET='%s'": b"ETCD_SECRET",
    b'passphrase: "two words %s"\nnext line': b"next line",
}


@pytest.mark.parametrize("line", LINES)
def test_what_is_assigned_to_a_secrets_name_goes(line: bytes) -> None:
    """In JSON, YAML, headers and environments; the rest of the line stays."""
    value = b"abcdef.0123456789abcdef" if b"bootstrap-token" in line else SECRET
    found = redacted(line % value)
    assert value not in found
    assert LINES[line] in found


def test_tokens_go_by_their_looks() -> None:
    """JSON web tokens and bootstrap tokens, wherever they stand."""
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "x" * 20}).encode()).rstrip(b"=")
    token = b"eyJhbGciOiJSUzI1NiJ9." + claims + b".c2lnbmF0dXJl"
    assert redacted(b"saw " + token) == b"saw [redacted: token]"
    assert b"0123456789abcdef" not in redacted(b"join abcdef.0123456789abcdef now")


HARMLESS = [
    b"Started kubelet.service - kubelet: The Kubernetes Node Agent.",
    b'secretName: "ca", tokenReview done, automountServiceAccountToken: true',
    b"[ATT-112] launch digest differs: " + bytes(48).hex().encode(),
    b'"trust_key": "' + bytes(32).hex().encode() + b'"',
    P256.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: bytes) -> None:
    """A bundle that hides everything helps nobody."""
    assert Redactor({"owner": (SECRET,)}).redact(text) == (text, {})


def test_redactions_are_counted_by_kind() -> None:
    """For the index."""
    _, counts = Redactor({"owner key": (SECRET,)}).redact(
        SECRET + b" " + SECRET + b" token=abcdefg"
    )
    assert counts == {"owner key": 2, "named secret": 1}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_can_be_redacted(text: bytes) -> None:
    """Logs hold anything; and what was redacted once stays as it is."""
    redactor = Redactor({"owner": (SECRET,)})
    once, _ = redactor.redact(text)
    assert redactor.redact(once)[0] == once
