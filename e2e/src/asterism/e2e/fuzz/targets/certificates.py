"""X.509: anchors, the makers' certificates, requests, and what an issuer answers."""

from contextlib import suppress
from functools import cache

from cryptography import x509

from asterism.atls import certificate as session
from asterism.attestation.anchors import Anchor, Anchors, Format, load_certificate
from asterism.attestation.snp.certificates import verify_chain
from asterism.attestation.snp.extensions import Extensions
from asterism.attestation.snp.tcb import Product
from asterism.attestation.tpm.endorsement import verify_endorsement
from asterism.cluster import trust
from asterism.cluster.user_key import UserKey
from asterism.e2e.fuzz import scratch
from asterism.e2e.fuzz.seeds import certificates, vector
from asterism.e2e.fuzz.seeds import documents as made
from asterism.e2e.fuzz.seeds.certificates import AT, authority, leaf
from asterism.e2e.fuzz.target import Shape, Target
from asterism.errors import AttestationError
from asterism.keys.authority import Authority, requested_key
from asterism.keys.secret import Secret
from asterism.keys.unreadable import UNREADABLE

_WORDS = (
    bytes.fromhex("06082a8648ce3d0301"),  # prime curves
    bytes.fromhex("06092a864886f70d01010b"),  # sha256WithRSAEncryption
    bytes.fromhex("06032b6570"),  # Ed25519
    bytes.fromhex("0603551d11"),  # subjectAltName
    bytes.fromhex("0603551d13"),  # basicConstraints
    bytes.fromhex("a303130158"),  # x400Address
    bytes.fromhex("a5030c0158"),  # ediPartyName
    bytes.fromhex("a003020105"),  # version 6
    bytes.fromhex("180f39393939313233313233353935395a"),
)
_PEM_WORDS = (b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n", b"=", b"\r\n",
              b"-----BEGIN PRIVATE KEY-----\n", b"Proc-Type: 4,ENCRYPTED\n")  # fmt: skip
_LATIN = "latin-1"


def _pem_anchor(data: bytes) -> None:
    """Text inside a policy."""
    Anchors.from_pem(snp=[data.decode(_LATIN)], tpm=[data.decode(_LATIN)])


def _der_anchor(data: bytes) -> None:
    Anchor.of(Format.TPM, data)


def _anchor_of_tbs(data: bytes) -> None:
    """A root that signs itself, whatever it holds."""
    Anchor.of(Format.SNP, certificates.signed(data, made.CHIP_ROOT))


def _anchor_file(data: bytes) -> None:
    path = scratch.file(scratch.folder("anchors") / "roots.pem", data)
    trust.read_file(path, None)


def _vcek(data: bytes) -> None:
    verify_chain(data, vector_der("snp/roots/milan_ask.pem"), genuine(), AT)


def _ask(data: bytes) -> None:
    verify_chain(vector("snp/oak-milan_oc_release/vcek.der"), data, genuine(), AT)


def _extensions(data: bytes) -> None:
    try:
        certificate = load_certificate(data)
    except UNREADABLE:
        return
    extensions = Extensions(certificate)
    extensions.product()
    for product in Product:
        with suppress(AttestationError):
            extensions.tcb(product)
        with suppress(AttestationError):
            extensions.hardware_id(product)
    with suppress(AttestationError):  # only VLEKs have one
        extensions.provider()


def _endorsement(data: bytes) -> None:
    verify_endorsement(data, made.anchors().tpm, AT)


def _endorsement_of_tbs(data: bytes) -> None:
    """What a TPM's maker could have signed."""
    verify_endorsement(certificates.signed(data, made.TPM_ROOT), made.anchors().tpm, AT)


def _session(data: bytes) -> None:
    """TLS hands over what its own parser could read."""
    try:
        certificate = x509.load_der_x509_certificate(data)
    except UNREADABLE:
        return
    session.spki(session.require_acceptable([certificate]))


def _authority(data: bytes) -> None:
    """Certificate and key as they lie on a state disk, one behind the other."""
    text, marker, key = data.partition(b"-----BEGIN PRIVATE KEY-----")
    Authority.load(text, Secret(marker + key))


def _owner_certificate(data: bytes) -> None:
    authority_pem = certificates.pem(authority("user", made.AUTHORITY_KEYS["user"]))
    _USER_KEY.require_certificate(data, authority_pem)


@cache
def genuine() -> tuple[Anchor, ...]:
    """AMD's root of the Milan line."""
    return (Anchor.of(Format.SNP, vector_der("snp/roots/milan_ark.pem")),)


@cache
def vector_der(name: str) -> bytes:
    """A PEM certificate of the vectors as DER."""
    return certificates.der(x509.load_pem_x509_certificate(vector(name)))


def _issued() -> bytes:
    return certificates.der(leaf("TPM 1", 41, "EMULATED TPM root", made.TPM_ROOT))


def _tbs(number: int, name: str) -> bytes:
    return authority(name, number).tbs_certificate_bytes


def _vceks() -> list[bytes]:
    names = ("oak-milan_oc_release/vcek.der", "turin-certs/vcek.der", "milan-v2-virtee/vcek.der")
    return [vector(f"snp/{name}") for name in names]


def _root_pem() -> bytes:
    return certificates.pem(authority("EMULATED TPM root", made.TPM_ROOT)).encode()


_USER_KEY = UserKey()

TARGETS = (
    Target(
        "anchor-pem",
        _pem_anchor,
        lambda: [_root_pem()],
        Shape.TEXT,
        ("asterism.attestation.anchors.Anchors.from_pem",),
        _PEM_WORDS,
    ),
    Target(
        "anchor-der",
        _der_anchor,
        lambda: [certificates.der(authority("EMULATED TPM root", made.TPM_ROOT)), _issued()],
        Shape.DER,
        ("asterism.attestation.anchors.load_certificate",),
        _WORDS,
    ),
    Target(
        "anchor-signed",
        _anchor_of_tbs,
        lambda: [
            _tbs(made.CHIP_ROOT, "EMULATED ARK-Genoa"),
            leaf("TPM 1", 41, "TPM 1", 41).tbs_certificate_bytes,
        ],
        Shape.DER,
        ("asterism.attestation.anchors.load_certificate",),
        _WORDS,
    ),
    Target(
        "anchor-file",
        _anchor_file,
        lambda: [_root_pem(), vector("snp/roots/genoa_ark.pem")],
        Shape.TEXT,
        ("asterism.cluster.trust.read_file",),
        _PEM_WORDS,
    ),
    Target(
        "snp-leaf",
        _vcek,
        _vceks,
        Shape.DER,
        ("asterism.attestation.snp.certificates.verify_chain",),
        _WORDS,
    ),
    Target(
        "snp-intermediate",
        _ask,
        lambda: [vector_der("snp/roots/milan_ask.pem"), _issued()],
        Shape.DER,
        ("asterism.attestation.snp.certificates.verify_chain",),
        _WORDS,
    ),
    Target(
        "snp-extensions",
        _extensions,
        _vceks,
        Shape.DER,
        ("asterism.attestation.anchors.load_certificate",),
        _WORDS,
    ),
    Target(
        "tpm-endorsement",
        _endorsement,
        lambda: [_issued()],
        Shape.DER,
        ("asterism.attestation.tpm.endorsement.verify_endorsement",),
        _WORDS,
    ),
    Target(
        "tpm-endorsement-signed",
        _endorsement_of_tbs,
        lambda: [leaf("TPM 1", 41, "EMULATED TPM root", made.TPM_ROOT).tbs_certificate_bytes],
        Shape.DER,
        ("asterism.attestation.tpm.endorsement.verify_endorsement",),
        _WORDS,
    ),
    Target("session-certificate", _session, lambda: [_issued()], Shape.DER, (), _WORDS),
    Target(
        "certificate-request",
        requested_key,
        lambda: [certificates.request(51)],
        Shape.DER,
        ("asterism.keys.authority.requested_key",),
        _WORDS,
    ),
    Target(
        "authority",
        _authority,
        lambda: [certificates.pem(authority("user", 35)).encode() + certificates.key_pem(35)],
        Shape.TEXT,
        ("asterism.keys.authority.Authority.load",),
        _PEM_WORDS,
    ),
    Target(
        "owner-certificate",
        _owner_certificate,
        lambda: [certificates.pem(leaf("owner", 52, "user", 35)).encode()],
        Shape.TEXT,
        (),
        _PEM_WORDS,
    ),
)
