"""Real SEV-SNP reports and certificates: what AMD's processors made is read and believed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from asterism.attestation.anchors import Anchor, Format
from asterism.attestation.snp.certificates import verify_chain
from asterism.attestation.snp.report import SIGNED_SIZE, SIZE, Report, SigningKey
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.attestation.snp.verify import AuthenticReport, authenticate
from asterism.errors import AttestationError

AT = datetime(2026, 6, 1, tzinfo=UTC)
VECTORS = Path(__file__).parents[1] / "vectors" / "snp"


def der(path: Path) -> list[bytes]:
    """All certificates of a PEM file."""
    certificates = x509.load_pem_x509_certificates(path.read_bytes())
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]


def root(product: str) -> Anchor:
    """AMD's root of a product line."""
    return Anchor.of(Format.SNP, der(VECTORS / "roots" / f"{product}_ark.pem")[0])


ANCHORS = tuple(root(product) for product in ("milan", "genoa", "turin"))
MILAN_ASK = der(VECTORS / "roots" / "milan_ask.pem")[0]


def report(folder: str) -> bytes:
    """The report of a vector."""
    binary = VECTORS / folder / "report.bin"
    if binary.exists():
        return binary.read_bytes()
    return bytes.fromhex((VECTORS / folder / "report.hex").read_text())


def check(raw: bytes, folder: str, leaf: str = "vcek.der") -> AuthenticReport:
    """Authenticate under AMD's roots."""
    return authenticate(raw, (VECTORS / folder / leaf).read_bytes(), MILAN_ASK, ANCHORS, AT)


@pytest.mark.parametrize(
    ("folder", "version", "guest_policy", "reported"),
    [
        ("milan-v2-smt-debug", 2, 0xB0000, Tcb(2, 0, 5, 68)),
        ("milan-v2-azure-like", 2, 0x3001F, Tcb(3, 0, 8, 115)),
        ("milan-v2-virtee", 2, 0x30000, Tcb(3, 0, 8, 115)),
        ("oak-milan_oc_release", 3, 0x30000, Tcb(4, 0, 24, 219)),
    ],
)
def test_real_reports_verify(folder: str, version: int, guest_policy: int, reported: Tcb) -> None:
    """Reports of versions 2 and 3 verify to ARK-Milan, which is not emulated."""
    authentic = check(report(folder), folder)
    assert authentic.report.version == version
    assert authentic.report.policy.raw == guest_policy
    assert authentic.versions.reported == reported
    assert authentic.endorsement.product is Product.MILAN
    assert authentic.endorsement.anchor == ANCHORS[0]
    assert not authentic.endorsement.emulated


def test_certificate_is_for_the_reported_and_not_the_current_tcb() -> None:
    """A platform whose current TCB is above the reported one still verifies."""
    versions = check(report("milan-v2-azure-like"), "milan-v2-azure-like").versions
    assert versions.current.microcode == 0xCE
    assert versions.reported.microcode == 0x73


def test_debug_is_seen() -> None:
    """The report of a debuggable guest verifies, and says so."""
    assert check(report("milan-v2-smt-debug"), "milan-v2-smt-debug").report.policy.debug_allowed


@pytest.mark.parametrize("leaf", ["vcek-invalid-legacy.der", "vcek-invalid-new.der"])
def test_leaf_not_signed_by_amd_is_refused(leaf: str) -> None:
    """Right names and another signature: ATT-103."""
    with pytest.raises(AttestationError, match="ATT-103"):
        check(report("milan-v2-azure-like"), "milan-v2-azure-like", leaf)


def test_certificate_of_another_chip_is_refused() -> None:
    """A genuine VCEK of another chip did not sign the report: ATT-108."""
    with pytest.raises(AttestationError, match="ATT-108"):
        authenticate(
            report("milan-v2-virtee"),
            (VECTORS / "milan-v2-smt-debug" / "vcek.der").read_bytes(),
            MILAN_ASK,
            ANCHORS,
            AT,
        )


@pytest.mark.parametrize("anchors", [ANCHORS[1:], ()])
def test_milan_is_foreign_without_its_root(anchors: tuple[Anchor, ...]) -> None:
    """Other roots of AMD, or none, do not help: ATT-103."""
    leaf = (VECTORS / "milan-v2-virtee" / "vcek.der").read_bytes()
    with pytest.raises(AttestationError, match="ATT-103"):
        authenticate(report("milan-v2-virtee"), leaf, MILAN_ASK, anchors, AT)


def test_root_in_place_of_the_intermediate_is_refused() -> None:
    """The root signed itself, but not the leaf: ATT-103."""
    leaf = (VECTORS / "milan-v2-virtee" / "vcek.der").read_bytes()
    with pytest.raises(AttestationError, match="ATT-103"):
        authenticate(report("milan-v2-virtee"), leaf, ANCHORS[0].der, ANCHORS, AT)


@pytest.mark.parametrize("year", [2021, 2034])
def test_time_counts(year: int) -> None:
    """Before and after the life of the VCEK: ATT-105."""
    leaf = (VECTORS / "milan-v2-virtee" / "vcek.der").read_bytes()
    with pytest.raises(AttestationError, match="ATT-105"):
        verify_chain(leaf, MILAN_ASK, ANCHORS, datetime(year, 1, 1, tzinfo=UTC))


def test_turin_certificate_verifies() -> None:
    """Turin has another layout of the TCB and a hardware ID of 8 bytes."""
    leaf = (VECTORS / "turin-certs" / "vcek.der").read_bytes()
    ask = der(VECTORS / "turin-certs" / "ask_ark.pem")[0]
    endorsement = verify_chain(leaf, ask, ANCHORS, AT)
    assert endorsement.product is Product.TURIN
    assert endorsement.kind is SigningKey.VCEK
    assert any(endorsement.hardware_id[:8])
    assert endorsement.hardware_id[8:] == bytes(56)
    assert endorsement.tcb == Tcb(boot_loader=0, tee=0, snp=0, microcode=9, fmc=0)


@pytest.mark.parametrize("product", ["milan", "genoa", "turin"])
def test_roots_of_amd_are_not_emulated(product: str) -> None:
    """They are known by fingerprint, not by name."""
    anchor = root(product)
    assert not anchor.emulated
    assert anchor.name.startswith("CN=ARK-")


def test_every_changed_byte_is_refused() -> None:
    """One bit in each signed byte of a real report (V02)."""
    raw = report("oak-milan_oc_release")
    for offset in range(SIGNED_SIZE):
        changed = bytearray(raw)
        changed[offset] ^= 1 << offset % 8
        with pytest.raises(AttestationError):
            check(bytes(changed), "oak-milan_oc_release")


@given(offset=st.integers(0, SIZE - 1), flip=st.integers(1, 255))
def test_any_changed_byte_is_refused(offset: int, flip: int) -> None:
    """Any change anywhere in the report, signature and reserved bytes included."""
    changed = bytearray(report("milan-v2-virtee"))
    changed[offset] ^= flip
    with pytest.raises(AttestationError):
        check(bytes(changed), "milan-v2-virtee")


@given(st.binary(min_size=SIZE, max_size=SIZE) | st.binary(max_size=64))
def test_random_bytes_raise_only_our_errors(raw: bytes) -> None:
    """Whatever is no report is ATT-101."""
    with pytest.raises(AttestationError, match="ATT-101"):
        Report.parse(raw)


@pytest.mark.parametrize("offset", [0x2A0 + 48, 0x2E8 + 71, 0x330, 0x49F])
def test_bytes_beyond_the_signature_are_zero(offset: int) -> None:
    """Where nothing is signed, nothing can be said: ATT-101."""
    changed = bytearray(report("milan-v2-virtee"))
    changed[offset] = 1
    with pytest.raises(AttestationError, match="ATT-101"):
        Report.parse(bytes(changed))


@pytest.mark.parametrize("change", [b"", b"\0"])
def test_size_is_exact(change: bytes) -> None:
    """One byte less or more is no report."""
    raw = report("milan-v2-virtee")
    with pytest.raises(AttestationError, match="ATT-101"):
        Report.parse(raw + change if change else raw[:-1])
