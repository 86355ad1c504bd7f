"""Trust anchors: the roots under which evidence is believed, pinned by the owner for each format.

An anchor comes only from the owner's signed policy, never from evidence or the host (V13). Which
anchors are emulated is decided here: an SNP root that is not one of AMD's is emulated whatever it
is called, and so is every root whose names say so. TPM makers are many and have no such list: for
their roots only the names count.
"""

import hashlib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID

from asterism.errors import AttestationError
from asterism.keys.unreadable import UNREADABLE

EMULATED = "EMULATED"
"""The label of everything that rests on an emulated root."""

AMD_ROOTS = frozenset(
    {
        "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",  # ARK-Milan
        "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",  # ARK-Genoa
        "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a",  # ARK-Turin
    }
)
"""AMD's roots: SHA-256 of the DER certificates that AMD's key distribution service gives out."""


WHOLE_BYTES = b"\0"
"""Begins a BIT STRING without unused bits (X.690, section 8.6.2)."""


class Format(StrEnum):
    """An evidence format with roots of its own."""

    SNP = "snp"
    TPM = "tpm"


@dataclass(frozen=True, slots=True)
class Anchor:
    """One pinned root certificate."""

    format: Format
    der: bytes
    fingerprint: str
    """SHA-256 of `der`, hex."""
    name: str
    """The whole subject, RFC 4514."""
    common_name: str
    emulated: bool

    @classmethod
    def of(cls, evidence_format: Format, der: bytes) -> "Anchor":
        """From a DER certificate; AttestationError ATT-014 unless it is a self-signed CA."""
        try:
            certificate = load_certificate(der)
        except UNREADABLE as exc:
            raise _unusable(evidence_format, "an X.509 certificate", str(exc)) from None
        _require_root(evidence_format, certificate)
        fingerprint = hashlib.sha256(der).hexdigest()
        return cls(
            format=evidence_format,
            der=der,
            fingerprint=fingerprint,
            name=certificate.subject.rfc4514_string(),
            common_name=_common_name(certificate),
            emulated=(evidence_format is Format.SNP and fingerprint not in AMD_ROOTS)
            or says_emulated(certificate),
        )


@dataclass(frozen=True, slots=True)
class Anchors:
    """All anchors of a policy. Each format must have at least one (ATT-014)."""

    snp: tuple[Anchor, ...]
    tpm: tuple[Anchor, ...]

    def __post_init__(self) -> None:
        """ATT-014 for a format without an anchor, or an anchor of another format."""
        for wanted, anchors in ((Format.SNP, self.snp), (Format.TPM, self.tpm)):
            if not anchors or any(anchor.format is not wanted for anchor in anchors):
                raise _unusable(wanted, "one or more roots", "none, or of another format")

    @classmethod
    def from_pem(cls, *, snp: Iterable[str], tpm: Iterable[str]) -> "Anchors":
        """From PEM texts, one certificate each."""
        return cls(
            snp=tuple(Anchor.of(Format.SNP, _der(Format.SNP, text)) for text in snp),
            tpm=tuple(Anchor.of(Format.TPM, _der(Format.TPM, text)) for text in tpm),
        )

    @property
    def all(self) -> tuple[Anchor, ...]:
        """Every anchor of every format."""
        return self.snp + self.tpm

    @property
    def emulated(self) -> tuple[Anchor, ...]:
        """The emulated ones."""
        return tuple(anchor for anchor in self.all if anchor.emulated)


def load_certificate(der: bytes) -> x509.Certificate:
    """A DER certificate; one of UNREADABLE if it is none.

    AMD gives every VCEK the serial number 0, of which `cryptography` warns; that alone is let by.
    What it does let by is refused: a signature that claims to end within a byte, as the same
    certificate must not come in several forms, and names whose parts are too long or too short, of
    which it would warn later, whenever they are read.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Parsed a serial number", CryptographyDeprecationWarning)
        warnings.filterwarnings("error", "Attribute's length", UserWarning)
        certificate = x509.load_der_x509_certificate(der)
        _read_names(certificate)
    if not der.endswith(WHOLE_BYTES + certificate.signature):
        msg = "the signature is not a whole number of bytes"
        raise ValueError(msg)
    return certificate


def _read_names(certificate: x509.Certificate) -> None:
    """ValueError for names that are none; they are kept, so nothing is left to warn of."""
    try:
        _ = certificate.subject, certificate.issuer
    except UserWarning as exc:
        raise ValueError(str(exc)) from exc


def says_emulated(certificate: x509.Certificate) -> bool:
    """Whether a name in the certificate, subject or issuer, says EMULATED."""
    names = [*certificate.subject, *certificate.issuer]
    return any(EMULATED in str(attribute.value).upper() for attribute in names)


def pem_of(anchor: Anchor) -> str:
    """The anchor as PEM text, as policies carry it."""
    return load_certificate(anchor.der).public_bytes(Encoding.PEM).decode()


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def _der(evidence_format: Format, pem: str) -> bytes:
    try:
        certificates = x509.load_pem_x509_certificates(pem.encode())
    except UNREADABLE as exc:
        raise _unusable(evidence_format, "a PEM certificate", str(exc)) from None
    if len(certificates) != 1:
        raise _unusable(evidence_format, "one certificate", f"{len(certificates)}")
    return certificates[0].public_bytes(Encoding.DER)


def _require_root(evidence_format: Format, certificate: x509.Certificate) -> None:
    """ATT-014 unless the certificate signs itself and may sign others."""
    try:
        certificate.verify_directly_issued_by(certificate)
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (InvalidSignature, x509.ExtensionNotFound, *UNREADABLE) as exc:
        raise _unusable(evidence_format, "a self-signed authority", type(exc).__name__) from exc
    if not constraints.value.ca:
        raise _unusable(evidence_format, "a certificate authority", "a leaf certificate")


def _unusable(evidence_format: Format, expected: str, got: str) -> AttestationError:
    return AttestationError.of(
        "ATT-014",
        claim=f"{evidence_format} anchors",
        expected=expected,
        got=got,
        source="policy",
    )
