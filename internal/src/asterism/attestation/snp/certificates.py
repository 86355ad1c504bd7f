"""The keys that sign SNP reports: VCEK or VLEK, issued by ASK or ASVK, issued by a pinned ARK.

Chains are checked by hand: AMD's certificates use RSASSA-PSS and have no authority key identifiers
in the leaves, which generic path validation refuses. Revocation lists are not consulted: neither
evidence nor policy carries one yet.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from asterism.attestation.anchors import Anchor, load_certificate, says_emulated
from asterism.attestation.snp.extensions import Extensions, refuse
from asterism.attestation.snp.report import SigningKey
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.attestation.validity import Validity, narrowest
from asterism.errors import AttestationError
from asterism.keys.unreadable import UNREADABLE

_LEAF_NAMES = {"SEV-VCEK": SigningKey.VCEK, "SEV-VLEK": SigningKey.VLEK}
_AUTHORITY_PREFIX = {SigningKey.VCEK: "SEV-", SigningKey.VLEK: "SEV-VLEK-"}
_MODULUS_BITS = 4096


@dataclass(frozen=True, slots=True)
class Endorsement:
    """What a verified chain says about the key that signs reports."""

    kind: SigningKey
    key: ec.EllipticCurvePublicKey
    product: Product
    tcb: Tcb
    """The key is derived from this version: other firmware has another key."""
    hardware_id: bytes
    """VCEK: the chip, 64 bytes as in CHIP_ID. VLEK: empty."""
    provider: str
    """VLEK: the cloud provider. VCEK: empty."""
    validity: Validity
    """When all certificates of the chain are valid."""
    anchor: Anchor
    emulated: bool


def verify_chain(
    leaf: bytes, intermediate: bytes, anchors: tuple[Anchor, ...], at: datetime
) -> Endorsement:
    """The endorsement of a DER leaf, if it leads to one of `anchors` and is valid `at`.

    Raises AttestationError ATT-103 (no pinned root), ATT-104 (profile), ATT-105 (time).
    """
    try:
        endorsement = _verified(leaf, intermediate, anchors)
    except UNREADABLE as exc:
        refuse("DER", "an X.509 certificate", str(exc))
    endorsement.validity.require(at, "SNP certificates")
    return endorsement


@lru_cache(maxsize=256)
def _verified(leaf: bytes, intermediate: bytes, anchors: tuple[Anchor, ...]) -> Endorsement:
    """All that does not depend on time. The key of the cache holds the anchors: a leaf that was
    good under one root is not good under another."""
    authority, certificate = load_certificate(intermediate), load_certificate(leaf)
    anchor = _issuer(authority, anchors)
    _require_authority(authority)
    _require_issued(certificate, authority)
    extensions = Extensions(certificate)
    product = extensions.product()
    kind = _kind(certificate, authority, product)
    vcek = kind is SigningKey.VCEK
    return Endorsement(
        kind=kind,
        key=_p384(certificate),
        product=product,
        tcb=extensions.tcb(product),
        hardware_id=extensions.hardware_id(product) if vcek else b"",
        provider="" if vcek else extensions.provider(),
        validity=narrowest(load_certificate(anchor.der), authority, certificate),
        anchor=anchor,
        emulated=anchor.emulated or says_emulated(authority) or says_emulated(certificate),
    )


def _issuer(authority: x509.Certificate, anchors: tuple[Anchor, ...]) -> Anchor:
    """The anchor that signed `authority`; roots that evidence brings along are never looked at."""
    for anchor in anchors:
        root = load_certificate(anchor.der)
        if root.subject == authority.issuer and _issued(authority, root):
            return anchor
    raise _not_pinned(authority.issuer, [anchor.name for anchor in anchors])


def _require_issued(certificate: x509.Certificate, authority: x509.Certificate) -> None:
    if not _issued(certificate, authority):
        raise _not_pinned(certificate.issuer, [authority.subject.rfc4514_string()])


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` signed `certificate` the one way AMD signs: RSASSA-PSS with SHA-384."""
    if certificate.signature_algorithm_oid != SignatureAlgorithmOID.RSASSA_PSS:
        return False
    if not isinstance(certificate.signature_hash_algorithm, SHA384):
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _require_authority(certificate: x509.Certificate) -> None:
    """ATT-104 unless the intermediate may sign certificates and has a key of AMD's size."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension) as exc:
        refuse("authority", "basic constraints and key usage", str(exc))
    if not constraints.ca or not usage.key_cert_sign:
        refuse("authority", "the right to sign certificates", "none")
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size != _MODULUS_BITS:
        refuse("authority", f"an RSA key of {_MODULUS_BITS} bits", type(key).__name__)


def _kind(leaf: x509.Certificate, authority: x509.Certificate, product: Product) -> SigningKey:
    """VCEK or VLEK by the leaf's name; the authority's name must be of that kind and product."""
    name = _common_name(leaf)
    if name not in _LEAF_NAMES:
        refuse("name", " or ".join(_LEAF_NAMES), name)
    kind = _LEAF_NAMES[name]
    wanted = _AUTHORITY_PREFIX[kind] + product
    if not _common_name(authority).startswith(wanted):
        refuse("authority", wanted, _common_name(authority))
    return kind


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else ""


def _p384(leaf: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP384R1):
        refuse("key", "ECDSA P-384", type(key).__name__)
    return key


def _not_pinned(issuer: x509.Name, accepted: list[str]) -> AttestationError:
    return AttestationError.of(
        "ATT-103",
        claim="SNP certificate issuer",
        expected=" or ".join(accepted),
        got=f"{issuer.rfc4514_string()}, or a signature that does not verify",
        source="policy anchors",
    )
