"""Keys and certificates that never change: keys are small numbers, signatures are RFC 6979's."""

from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

AT = datetime(2026, 11, 23, tzinfo=UTC)
EK_CERTIFICATE = "2.23.133.8.1"
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_END = datetime(2050, 1, 1, tzinfo=UTC)


def key(number: int) -> ec.EllipticCurvePrivateKey:
    """A P-256 key."""
    return ec.derive_private_key(number, ec.SECP256R1())


def key_pem(number: int) -> bytes:
    """The same as PKCS#8 PEM."""
    return key(number).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def pem(certificate: x509.Certificate) -> str:
    """PEM text."""
    return certificate.public_bytes(Encoding.PEM).decode()


def der(certificate: x509.Certificate) -> bytes:
    """DER."""
    return certificate.public_bytes(Encoding.DER)


@cache
def authority(name: str, number: int) -> x509.Certificate:
    """A self-signed CA."""
    builder = _builder(name, name, number)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    return builder.sign(key(number), SHA256(), ecdsa_deterministic=True)


@cache
def leaf(name: str, number: int, issuer: str, issuer_number: int) -> x509.Certificate:
    """A leaf with names of many kinds."""
    builder = _builder(name, issuer, number)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    usages = [ObjectIdentifier(EK_CERTIFICATE)]
    builder = builder.add_extension(x509.ExtendedKeyUsage(usages), False)
    names = [
        x509.DNSName("local-cp-1"),
        x509.DirectoryName(_name("tpm")),
        x509.OtherName(ObjectIdentifier("1.2.3"), b"\x05\0"),
        x509.RFC822Name("a@example.org"),
        x509.RegisteredID(ObjectIdentifier("1.2.3")),
    ]
    builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return builder.sign(key(issuer_number), SHA256(), ecdsa_deterministic=True)


@cache
def request(number: int) -> bytes:
    """A certificate request that names nobody, DER."""
    empty = x509.CertificateSigningRequestBuilder(x509.Name([]))
    return empty.sign(key(number), SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


def signed(tbs: bytes, issuer_number: int) -> bytes:
    """A certificate over any TBSCertificate at all: what a hostile issuer could sign (DER)."""
    signature = key(issuer_number).sign(tbs, ec.ECDSA(SHA256(), deterministic_signing=True))
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    return _sequence(tbs + algorithm + _tlv(0x03, b"\0" + signature))


def _sequence(content: bytes) -> bytes:
    return _tlv(0x30, content)


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(raw))) + raw + content


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject: str, issuer: str, number: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(_name(issuer), _name(subject), key(number).public_key(), number)
        .not_valid_before(_BEGIN)
        .not_valid_after(_END)
    )
