"""Authorities: names are the issuer's, keys are proven, usage is narrow."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from asterism.errors import AttestationError, UserError
from asterism.keys.authority import BACKDATING, Authority, requested_key
from asterism.keys.names import Names, Profile
from asterism.keys.secret import Secret

AT = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
AUTHORITY = Authority.create("kubernetes", at=AT)
KEY = ec.generate_private_key(ec.SECP256R1())
NODE = Names(
    "system:node:local-worker-1",
    organizations=("system:nodes",),
    dns=("local-worker-1",),
    addresses=(IPv4Address("10.211.0.12"),),
)


NOBODY = x509.Name([])
ADMINISTRATOR = x509.Name(
    [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:masters"),
        x509.NameAttribute(NameOID.COMMON_NAME, "system:admin"),
    ]
)
Builder = x509.CertificateSigningRequestBuilder


def request(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey = KEY,
    builder: Builder = Builder(NOBODY),  # noqa: B008 - builders are immutable
) -> bytes:
    """A request for this key."""
    algorithm = SHA256() if isinstance(key, ec.EllipticCurvePrivateKey) else None
    return builder.sign(key, algorithm).public_bytes(Encoding.DER)


def issue(profile: Profile = Profile.SERVING, lifetime: timedelta = HOUR) -> x509.Certificate:
    """A certificate of the node."""
    return AUTHORITY.issue(request(), NODE, profile, at=AT, lifetime=lifetime)


@pytest.mark.parametrize(
    "builder",
    [
        Builder(ADMINISTRATOR),
        Builder(NOBODY).add_extension(x509.BasicConstraints(ca=True, path_length=None), True),
        Builder(NOBODY).add_extension(
            x509.SubjectAlternativeName([x509.DNSName("local-worker-2")]), False
        ),
        Builder(NOBODY).add_attribute(NameOID.USER_ID, b"another"),
    ],
)
def test_a_request_for_names_is_refused(builder: Builder) -> None:
    """A14: subject, extensions or attributes: DOC-016."""
    with pytest.raises(AttestationError, match="DOC-016"):
        requested_key(request(builder=builder))


def test_names_are_the_issuers() -> None:
    """Only the key is taken from the request."""
    certificate = issue()
    assert certificate.subject.rfc4514_string() == "CN=system:node:local-worker-1,O=system:nodes"
    assert certificate.public_key() == KEY.public_key()
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert not constraints.value.ca


def test_generic_verifiers_accept_the_chain() -> None:
    """A strict path validation (RFC 5280) finds nothing to say, for server and client."""
    store = verification.Store([AUTHORITY.certificate])
    builder = verification.PolicyBuilder().store(store).time(AT + timedelta(minutes=5))
    builder.build_server_verifier(x509.DNSName("local-worker-1")).verify(issue(), [])
    builder.build_server_verifier(x509.IPAddress(IPv4Address("10.211.0.12"))).verify(issue(), [])
    builder.build_client_verifier().verify(issue(Profile.CLIENT), [])


@pytest.mark.parametrize(
    ("profile", "usages"),
    [
        (Profile.CLIENT, [ExtendedKeyUsageOID.CLIENT_AUTH]),
        (Profile.SERVING, [ExtendedKeyUsageOID.SERVER_AUTH]),
        (Profile.PEER, [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
    ],
)
def test_usage_is_what_the_profile_says(profile: Profile, usages: list[object]) -> None:
    """A client certificate serves nothing, and the other way round."""
    usage = issue(profile).extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(usage.value) == usages


def test_life_begins_a_little_earlier_and_ends_with_the_authority() -> None:
    """Small clock differences do no harm; no certificate outlives its issuer."""
    certificate = issue()
    assert certificate.not_valid_before_utc == AT - BACKDATING
    assert certificate.not_valid_after_utc == AT + HOUR
    long = issue(lifetime=timedelta(days=10_000))
    assert long.not_valid_after_utc == AUTHORITY.certificate.not_valid_after_utc


def test_serial_numbers_are_random() -> None:
    """No two certificates share one."""
    assert len({issue().serial_number for _ in range(20)}) == 20


def test_authority_survives_pem() -> None:
    """Certificate and key are handed to the programs that sign with them."""
    key = AUTHORITY.key_pem()
    loaded = Authority.load(AUTHORITY.certificate_pem, key)
    assert loaded.certificate == AUTHORITY.certificate
    assert b"PRIVATE KEY" in key.reveal()
    assert "PRIVATE" not in f"{key!r} {loaded!r}"


def test_foreign_keys_and_leaves_are_no_authority() -> None:
    """Certificate and key must belong together and may issue: DOC-014."""
    other = Authority.create("kubernetes", at=AT)
    leaf = issue().public_bytes(Encoding.PEM)
    cases = (
        (AUTHORITY.certificate_pem, other.key_pem()),
        (leaf, AUTHORITY.key_pem()),
        (b"x", AUTHORITY.key_pem()),
        (AUTHORITY.certificate_pem, Secret(b"x")),
    )
    for certificate, key in cases:
        with pytest.raises(UserError, match="DOC-014"):
            Authority.load(certificate, key)


def test_request_without_proof_is_refused() -> None:
    """A changed request no longer proves its key: DOC-013."""
    changed = request(builder=Builder(ADMINISTRATOR)).replace(b"system:admin", b"system:xdmin")
    with pytest.raises(AttestationError, match="DOC-013"):
        requested_key(changed)


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()]
)
def test_other_kinds_of_key_are_refused(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
) -> None:
    """Only ECDSA P-256 is issued for: DOC-013."""
    with pytest.raises(AttestationError, match="DOC-013"):
        requested_key(request(key))


@given(st.binary(max_size=200))
def test_random_requests_raise_only_our_errors(csr: bytes) -> None:
    """Whatever is no request is DOC-013."""
    with pytest.raises(AttestationError, match="DOC-013"):
        requested_key(csr)
