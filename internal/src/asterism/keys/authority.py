"""Certificate authorities of a cluster: ECDSA P-256, X.509 v3 (RFC 5280).

From a request only its key is taken, and only with proof that the asker holds it. Names, usage and
life time are the caller's decision; a request that names any is refused (attack A14).
"""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from typing_extensions import override

from asterism.errors import AttestationError, UserError
from asterism.keys.names import Names, Profile
from asterism.keys.secret import Secret
from asterism.keys.unreadable import UNREADABLE

BACKDATING = timedelta(minutes=1)
"""A certificate is valid this long before it was issued, for clocks that are a little behind."""

AUTHORITY_LIFETIME = timedelta(days=3650)


class Authority:
    """A self-signed CA with its private key. CA keys never leave attested control planes."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate = certificate
        self._key = key

    @override
    def __repr__(self) -> str:
        return f"Authority({self.certificate.subject.rfc4514_string()})"

    @classmethod
    def create(
        cls, common_name: str, *, at: datetime, lifetime: timedelta = AUTHORITY_LIFETIME
    ) -> "Authority":
        """A new CA with a key of its own, valid for `lifetime` from `at`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = Names(common_name).subject()
        builder = _builder(name, name, key.public_key(), at, lifetime)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        builder = builder.add_extension(_key_usage(authority=True), True)
        return cls(builder.sign(key, SHA256()), key)

    @classmethod
    def load(cls, certificate_pem: bytes, key_pem: Secret) -> "Authority":
        """From PEM; UserError DOC-014 unless both belong together and may issue."""
        try:
            certificate = x509.load_pem_x509_certificate(certificate_pem)
            key = load_pem_private_key(key_pem.reveal(), password=None)
            constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
            certified = certificate.public_key()
        except (x509.ExtensionNotFound, *UNREADABLE) as exc:
            raise UserError("DOC-014", f"an authority cannot be read: {exc}") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not constraints.value.ca:
            raise UserError("DOC-014", "the certificate is no authority with an ECDSA key")
        if certified != key.public_key():
            raise UserError("DOC-014", "certificate and key do not belong together")
        return cls(certificate, key)

    @property
    def certificate_pem(self) -> bytes:
        """The CA certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self) -> Secret:
        """The private key as PEM (PKCS#8), for the programs that sign with it themselves."""
        return Secret(self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def issue(
        self, csr: bytes, names: Names, profile: Profile, *, at: datetime, lifetime: timedelta
    ) -> x509.Certificate:
        """A leaf for the key of a DER PKCS#10 request. Errors as `requested_key`."""
        return self.issue_for(requested_key(csr), names, profile, at=at, lifetime=lifetime)

    def issue_for(
        self,
        key: ec.EllipticCurvePublicKey,
        names: Names,
        profile: Profile,
        *,
        at: datetime,
        lifetime: timedelta,
    ) -> x509.Certificate:
        """A leaf for a key whose holder is known by other means. Ends with the CA at the latest."""
        end = min(at + lifetime, self.certificate.not_valid_after_utc)
        issuer = self.certificate.subject
        builder = _builder(names.subject(), issuer, key, at, end - at)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        builder = builder.add_extension(_key_usage(authority=False), True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(profile.usages), False)
        builder = builder.add_extension(self._authority_identifier(), False)
        alternatives = names.alternatives()
        if alternatives is not None:
            builder = builder.add_extension(alternatives, False)
        return builder.sign(self._key, SHA256())

    def _authority_identifier(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())


def requested_key(csr: bytes) -> ec.EllipticCurvePublicKey:
    """The P-256 key of a DER request that proves its possession and asks for nothing else.

    AttestationError DOC-013 without proof or for another key, DOC-016 for names or attributes.
    """
    try:
        request = x509.load_der_x509_csr(csr)
        key = request.public_key()
        valid = request.is_signature_valid
        asked = [
            request.subject.rfc4514_string(),
            *(a.oid.dotted_string for a in request.attributes),
        ]
    except UNREADABLE as exc:
        raise _refused(str(exc)) from None
    if not valid:
        raise _refused("a signature that does not verify")
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _refused("another kind of key")
    if any(asked):
        raise AttestationError.of(
            "DOC-016",
            claim="certificate request",
            expected="an empty subject and no attributes",
            got=ascii(", ".join(filter(None, asked)))[:200],
            source="request",
        )
    return key


def spki(key: ec.EllipticCurvePublicKey) -> bytes:
    """SubjectPublicKeyInfo (DER), by which keys are compared."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    at: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    """What every certificate has; the serial number is random (RFC 5280 section 4.1.2.2)."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - BACKDATING)
        .not_valid_after(at + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _refused(got: str) -> AttestationError:
    return AttestationError.of(
        "DOC-013",
        claim="certificate request",
        expected="PKCS#10 with proof of an ECDSA P-256 key",
        got=got,
        source="request",
    )
