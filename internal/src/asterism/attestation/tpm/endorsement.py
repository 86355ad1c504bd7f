"""Endorsement certificates: the TPM maker's word that a TPM is one of its own.

TCG EK Credential Profile for TPM 2.0, section 3. The maker's root must have issued the certificate
itself: evidence carries no intermediates.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.x509.oid import ObjectIdentifier

from asterism.attestation.anchors import Anchor, load_certificate, says_emulated
from asterism.attestation.validity import Validity, narrowest
from asterism.errors import AttestationError
from asterism.keys.unreadable import UNREADABLE

EK_CERTIFICATE = ObjectIdentifier("2.23.133.8.1")
"""tcg-kp-EKCertificate."""

_HASHES = (SHA256, SHA384, SHA512)


@dataclass(frozen=True, slots=True)
class EndorsementCertificate:
    """A certificate that leads to a pinned TPM maker."""

    fingerprint: bytes
    """SHA-256 of the DER, 32 bytes."""
    validity: Validity
    anchor: Anchor
    emulated: bool


def verify_endorsement(
    der: bytes, anchors: tuple[Anchor, ...], at: datetime
) -> EndorsementCertificate:
    """The certificate, if one of `anchors` issued it and it is valid `at`.

    Raises AttestationError ATT-105 (time), ATT-212 (no pinned root), ATT-213 (profile).
    """
    try:
        endorsement = _verified(der, anchors)
    except UNREADABLE as exc:
        _refuse("DER", "an X.509 certificate", str(exc))
    endorsement.validity.require(at, "TPM endorsement certificate")
    return endorsement


@lru_cache(maxsize=256)
def _verified(der: bytes, anchors: tuple[Anchor, ...]) -> EndorsementCertificate:
    """All that does not depend on time; kept by certificate and anchors together."""
    certificate = load_certificate(der)
    anchor = _issuer(certificate, anchors)
    _require_profile(certificate)
    return EndorsementCertificate(
        fingerprint=hashlib.sha256(der).digest(),
        validity=narrowest(load_certificate(anchor.der), certificate),
        anchor=anchor,
        emulated=anchor.emulated or says_emulated(certificate),
    )


def _issuer(certificate: x509.Certificate, anchors: tuple[Anchor, ...]) -> Anchor:
    for anchor in anchors:
        root = load_certificate(anchor.der)
        if root.subject == certificate.issuer and _issued(certificate, root):
            return anchor
    raise AttestationError.of(
        "ATT-212",
        claim="TPM certificate issuer",
        expected=" or ".join(anchor.name for anchor in anchors),
        got=f"{certificate.issuer.rfc4514_string()}, or a signature that does not verify",
        source="policy anchors",
    )


def _issued(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
        return isinstance(certificate.signature_hash_algorithm, _HASHES)
    except (InvalidSignature, ValueError, TypeError):
        return False


def _require_profile(certificate: x509.Certificate) -> None:
    """ATT-213 unless it is a leaf for an endorsement key."""
    try:
        extensions = certificate.extensions
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension) as exc:
        _refuse("extensions", "basic constraints and extended key usage", str(exc))
    if constraints.ca:
        _refuse("basic constraints", "a leaf", "an authority")
    if EK_CERTIFICATE not in usages:
        _refuse("extended key usage", EK_CERTIFICATE.dotted_string, "others")


def _refuse(claim: str, expected: str, got: str) -> NoReturn:
    raise AttestationError.of(
        "ATT-213",
        claim=f"TPM certificate {claim}",
        expected=expected,
        got=got,
        source="TCG EK profile",
    )
