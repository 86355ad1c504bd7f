"""One-time keys and certificates for TLS: they name nobody, the evidence does the proving."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from asterism import clock
from asterism.errors import AttestationError

MAXIMUM_SIZE = 1024
"""DER bytes; ours have about 300."""

_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "asterism session")])
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_END = _EPOCH + timedelta(days=36500)


@dataclass(frozen=True, slots=True, repr=False)
class OneTimeIdentity:
    """A private key that lives as long as one session, and its self-signed certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def generate(cls) -> "OneTimeIdentity":
        """A new P-256 key. The dates mean nothing: clocks lie, evidence carries freshness."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = x509.CertificateBuilder(
            issuer_name=_NAME,
            subject_name=_NAME,
            public_key=key.public_key(),
            serial_number=int.from_bytes(clock.random_bytes(16), "big") >> 1,
            not_valid_before=_EPOCH,
            not_valid_after=_END,
        )
        return cls(key, builder.sign(key, hashes.SHA256()))


def spki(certificate: x509.Certificate) -> bytes:
    """The certificate's SubjectPublicKeyInfo as DER."""
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def require_acceptable(chain: list[x509.Certificate]) -> x509.Certificate:
    """The peer's one certificate; AttestationError TLS-028 unless small and with a P-256 key.

    Nothing in it is believed but the key, whose possession the TLS handshake has proven.
    """
    if len(chain) != 1:
        raise _refused("one certificate", f"{len(chain)} certificates")
    certificate = chain[0]
    size = len(certificate.public_bytes(Encoding.DER))
    if size > MAXIMUM_SIZE:
        raise _refused(f"at most {MAXIMUM_SIZE} bytes", f"{size} bytes")
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise _refused("a P-256 key", str(exc)) from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _refused("a P-256 key", type(key).__name__)
    return certificate


def _refused(expected: str, got: str) -> AttestationError:
    return AttestationError.of(
        "TLS-028", claim="TLS certificate", expected=expected, got=got, source="session"
    )
