"""What stands in the certificates of a cluster's authorities, extension by extension."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from asterism.errors import AttestationError, UserError
from asterism.keys.authority import Authority, requested_key
from asterism.keys.names import Names, Profile
from asterism.keys.secret import Secret

AT = datetime(2026, 11, 23, tzinfo=UTC)
AUTHORITY = Authority.create("kubernetes", at=AT)
KEY = ec.generate_private_key(ec.SECP256R1())


def leaf(names: Names) -> x509.Certificate:
    """A client's certificate for an hour."""
    lifetime = timedelta(hours=1)
    return AUTHORITY.issue_for(KEY.public_key(), names, Profile.CLIENT, at=AT, lifetime=lifetime)


def extensions(certificate: x509.Certificate) -> dict[str, tuple[object, bool]]:
    """Value and criticality of every extension, by name."""
    return {type(e.value).__name__: (e.value, e.critical) for e in certificate.extensions}


def usage(*, authority: bool) -> x509.KeyUsage:
    """An authority signs certificates and revocation lists; everybody signs in TLS."""
    return x509.KeyUsage(True, False, False, False, False, authority, authority, False, False)


def request(
    key: ec.EllipticCurvePrivateKey = KEY,
    name: x509.Name = x509.Name([]),  # noqa: B008
) -> bytes:
    """A request with proof of possession, DER."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def key_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Secret:
    """As `Authority.load` wants it."""
    return Secret(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def self_signed(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, constraints: x509.BasicConstraints | None
) -> bytes:
    """A certificate as PEM."""
    name = Names("kubernetes").subject()
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, AT, AT + timedelta(1))
    if constraints:
        builder = builder.add_extension(constraints, True)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def test_an_authority_may_issue_leaves_and_nothing_else() -> None:
    """No further authority below it, no other usage, for ten years from a minute ago."""
    certificate = AUTHORITY.certificate
    found = extensions(certificate)
    assert found["BasicConstraints"] == (x509.BasicConstraints(ca=True, path_length=0), True)
    assert found["KeyUsage"] == (usage(authority=True), True)
    assert set(found) == {"BasicConstraints", "KeyUsage", "SubjectKeyIdentifier"}
    assert certificate.not_valid_before_utc == AT - timedelta(minutes=1)
    assert certificate.not_valid_after_utc == AT + timedelta(days=3650)
    assert repr(AUTHORITY) == "Authority(CN=kubernetes)"


def test_a_leaf_may_sign_in_tls_and_nothing_else() -> None:
    """Limits are critical: whoever does not understand them must not accept the certificate."""
    found = extensions(leaf(Names("admin")))
    assert found["BasicConstraints"] == (x509.BasicConstraints(ca=False, path_length=None), True)
    assert found["KeyUsage"] == (usage(authority=False), True)
    assert not found["ExtendedKeyUsage"][1]
    assert not found["AuthorityKeyIdentifier"][1]


def test_a_leaf_without_further_names_has_no_list_of_them() -> None:
    """An empty list would be malformed (RFC 5280 section 4.2.1.6)."""
    assert "SubjectAlternativeName" not in extensions(leaf(Names("admin")))
    assert "SubjectAlternativeName" in extensions(leaf(Names("node", dns=("node",))))


def test_only_an_authority_with_a_key_of_its_kind_is_loaded() -> None:
    """DOC-014 for each part that does not fit, one at a time."""
    authority = x509.BasicConstraints(ca=True, path_length=0)
    rsa_key = rsa.generate_private_key(65537, 2048)
    locked = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    cases = {
        "no authority": (self_signed(KEY, x509.BasicConstraints(False, None)), key_pem(KEY)),
        "says nothing of authorities": (self_signed(KEY, None), key_pem(KEY)),
        "RSA": (self_signed(rsa_key, authority), key_pem(rsa_key)),
        "behind a pass phrase": (self_signed(KEY, authority), Secret(locked)),
        "another's key": (self_signed(KEY, authority), AUTHORITY.key_pem()),
    }
    Authority.load(self_signed(KEY, authority), key_pem(KEY))
    for certificate, key in cases.values():
        with pytest.raises(UserError) as caught:
            Authority.load(certificate, key)
        assert caught.value.error_id == "DOC-014"


P256 = bytes.fromhex("06082a8648ce3d030107")
"""Object identifier of the curve."""
ECDSA_SHA256 = bytes.fromhex("06082a8648ce3d040302")
"""Object identifier of the signature."""


@pytest.mark.parametrize(
    "csr",
    [
        b"x",
        request().replace(b"\x02\x01\x00", b"\x02\x01\x05", 1),
        request().replace(P256, P256[:-1] + b"\x63"),
        request().replace(ECDSA_SHA256, ECDSA_SHA256[:-1] + b"\x63"),
        request(ec.generate_private_key(ec.SECP384R1())),
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(ed25519.Ed25519PrivateKey.generate(), None)
        .public_bytes(Encoding.DER),
    ],
    ids=["no DER", "version", "unknown curve", "unknown signature", "P-384", "Ed25519"],
)
def test_every_other_request_is_refused_by_its_id(csr: bytes) -> None:
    """Whatever the library says to it, the asker gets DOC-013."""
    assert requested_key(request()) == KEY.public_key()
    with pytest.raises(AttestationError) as caught:
        requested_key(csr)
    (found,) = caught.value.mismatches
    assert (found.error_id, found.claim) == ("DOC-013", "certificate request")
    assert found.source == "request"


def test_a_request_that_asks_for_a_name_is_told_so() -> None:
    """Names are the issuer's; what was asked for is shown in part: DOC-016."""
    asking = request(name=Names("a" * 64, organizations=("b" * 64,) * 9).subject())
    with pytest.raises(AttestationError) as caught:
        requested_key(asking)
    (found,) = caught.value.mismatches
    assert (found.error_id, found.claim) == ("DOC-016", "certificate request")
    assert found.source == "request"
    assert len(found.got) <= 200
