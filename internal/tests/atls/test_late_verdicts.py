"""Peers that take their time, talk on, or show keys that are none."""
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from asterism.atls.certificate import require_acceptable
from asterism.atls.prover import AnonymousProver
from asterism.atls.purpose import Purpose, Role
from asterism.atls.session import Session, Terms
from asterism.errors import AttestationError, PeerRefusedError


def proven(stage, cast, terms=None) -> tuple[Any, Any]:
    """A listener, and a dialler that has shown its proof and has not said its verdict."""
    near, far = stage.pair()
    listening = stage.accept(far, terms or cast.terms(Purpose.MESH))
    dialler = stage.attacker(near, Role.DIALLER, Purpose.MESH).result(10)
    dialler.hello(cast.left.ak_name)
    dialler.hear()
    dialler.hear()
    binding = dialler.state.binding(Role.DIALLER)
    dialler.say(dialler.state.proof(cast.left.prove(binding)))
    return listening, dialler


def test_a_listener_waits_for_the_diallers_verdict(stage, cast) -> None:
    """Its own is not enough for a session."""
    listening, dialler = proven(stage, cast)
    assert dialler.verdict() == ""
    assert not listening.done()
    dialler.say(dialler.state.accept())
    assert isinstance(listening.result(10), Session)


def test_a_dialler_may_refuse_after_its_proof(stage, cast) -> None:
    """The listener learns it although it has accepted."""
    listening, dialler = proven(stage, cast)
    assert dialler.verdict() == ""
    dialler.say(dialler.state.refuse("ATT-110"))
    error = listening.exception(10)
    assert isinstance(error, PeerRefusedError)
    assert error.error_id == "ATT-110"


class Picky(AnonymousProver):
    """Verifies nobody."""

    def verify(self, *_: Any) -> Any:
        """Refuse."""
        raise AttestationError.of("ATT-110", claim="c", expected="e", got="g", source="s")


def test_a_peer_that_talks_on_still_reads_why_it_is_refused(stage, cast) -> None:
    """Input that nobody has read must not make the kernel throw our last words away."""
    near, far = stage.pair()
    listening = stage.accept(far, {Purpose.MESH: Terms(cast.right, Picky())})
    dialler = stage.attacker(near, Role.DIALLER, Purpose.MESH).result(10)
    dialler.hello(cast.left.ak_name)
    dialler.hear()
    dialler.hear()
    binding = dialler.state.binding(Role.DIALLER)
    dialler.say(dialler.state.proof(cast.left.prove(binding)))
    dialler.say(bytes(100_000))
    assert isinstance(listening.exception(10), AttestationError)
    assert dialler.verdict() == "ATT-110"


NAME = x509.Name([])


def certificate(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *, padding: int = 0) -> bytes:
    """A self-signed certificate with an extension of this length."""
    at = datetime(2026, 11, 23, tzinfo=UTC)
    builder = x509.CertificateBuilder(NAME, NAME, key.public_key(), 1, at, at)
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.1.1")
    builder = builder.add_extension(x509.UnrecognizedExtension(oid, bytes(padding)), False)
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


P256_OID = bytes.fromhex("06082a8648ce3d030107")
KEY = ec.generate_private_key(ec.SECP256R1())
POINT = KEY.public_key().public_numbers().x.to_bytes(32, "big")


@pytest.mark.parametrize(
    "der",
    [
        certificate(rsa.generate_private_key(65537, 2048)),
        certificate(KEY).replace(P256_OID, P256_OID[:-1] + b"\x63"),
        certificate(KEY).replace(POINT, bytes(32)),
    ],
    ids=["RSA", "unknown curve", "no point"],
)
def test_a_key_of_another_kind_is_refused_by_an_id(der: bytes) -> None:
    """Whatever the library says to it."""
    with pytest.raises(AttestationError) as caught:
        require_acceptable([x509.load_der_x509_certificate(der)])
    assert caught.value.error_id == "TLS-028"


def certificate_of(size: int) -> x509.Certificate:
    """A certificate of exactly so many bytes; signatures differ by a few."""
    padding = 0
    for _ in range(1000):
        der = certificate(KEY, padding=padding)
        if len(der) == size:
            return x509.load_der_x509_certificate(der)
        padding += size - len(der)
    pytest.fail("no certificate of this size was made")


def test_a_certificate_has_at_most_its_size() -> None:
    """The largest is accepted, one byte more is not."""
    largest = certificate_of(1024)
    assert require_acceptable([largest]) is largest
    with pytest.raises(AttestationError):
        require_acceptable([certificate_of(1025)])
