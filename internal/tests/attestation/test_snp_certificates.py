"""Certificates of report keys: AMD's profile, extension by extension, with keys of our own."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from asterism.attestation.snp.certificates import verify_chain
from asterism.attestation.snp.report import SigningKey
from asterism.attestation.snp.tcb import Product, Tcb, component_names, has_cpuid
from asterism.errors import AttestationError

AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"2": b"\x16\x05Paris"}, id="unknown-product"),
        pytest.param({"2": b"\x0c\x05Genoa"}, id="product-of-other-type"),
        pytest.param({"2": b"\x16\x06Genoa"}, id="product-of-other-length"),
        pytest.param({"2": None}, id="no-product"),
        pytest.param({"3.1": None}, id="no-component"),
        pytest.param({"3.1": b"\x02\x01\x80"}, id="negative"),
        pytest.param({"3.1": b"\x02\x02\x00\x05"}, id="not-shortest"),
        pytest.param({"3.1": b"\x02\x02\x01\x00"}, id="above-255"),
        pytest.param({"3.1": b"\x02\x01\x05\x00"}, id="trailing"),
        pytest.param({"3.1": b"\x04\x01\x05"}, id="other-type"),
        pytest.param({"3.1": b""}, id="empty"),
        pytest.param({"4": None}, id="no-chip"),
        pytest.param({"4": bytes(64)}, id="zero-chip"),
        pytest.param({"4": b"x" * 63}, id="short-chip"),
        pytest.param({"4": b"\x04\x3f" + b"x" * 64}, id="wrapped-with-other-length"),
    ],
)
def test_malformed_extensions_are_refused(maker: Any, wrong: Any) -> None:
    """Signed by the right authority, and still no VCEK: ATT-104."""
    leaf = maker.leaf(extensions=wrong)
    with pytest.raises(AttestationError, match="ATT-104"):
        verify_chain(leaf.der, maker.ask.der, maker.anchors().snp, AT)


def test_wrapped_hardware_id_is_read(maker: Any) -> None:
    """Some certificates wrap the hardware ID as an OCTET STRING."""
    leaf = maker.leaf(extensions={"4": b"\x04\x40" + b"x" * 64})
    endorsement = verify_chain(leaf.der, maker.ask.der, maker.anchors().snp, AT)
    assert endorsement.hardware_id == b"x" * 64


def test_vlek_names_its_provider(maker: Any) -> None:
    """A VLEK hangs under the other intermediate and has a provider in place of a chip."""
    leaf = maker.leaf("SEV-VLEK", issuer=maker.asvk, extensions={"4": None, "5": b"\x16\x03csp"})
    endorsement = verify_chain(leaf.der, maker.asvk.der, maker.anchors().snp, AT)
    assert endorsement.kind is SigningKey.VLEK
    assert endorsement.provider == "csp"
    assert endorsement.hardware_id == b""


@pytest.mark.parametrize("name", ["SEV-VLEK", "SEV-CEK", ""])
def test_leaf_of_another_name_is_refused(maker: Any, name: str) -> None:
    """The VCEK's authority signs only VCEKs: ATT-104."""
    leaf = maker.leaf(name or "x", extensions={"5": b"\x16\x03csp"})
    with pytest.raises(AttestationError, match="ATT-104"):
        verify_chain(leaf.der, maker.ask.der, maker.anchors().snp, AT)


def test_leaf_of_another_product_is_refused(maker: Any) -> None:
    """SEV-Genoa does not speak for Milan: ATT-104."""
    leaf = maker.leaf(extensions={"2": b"\x16\x08Milan-B0"})
    with pytest.raises(AttestationError, match="ATT-104"):
        verify_chain(leaf.der, maker.ask.der, maker.anchors().snp, AT)


@pytest.mark.parametrize("wrong", [{"ca": False}, {"cert_sign": False}, {"bits": 2048}])
def test_intermediate_must_be_an_authority_of_amds_kind(maker: Any, wrong: Any) -> None:
    """Signed by the root, and still nobody who may sign chips: ATT-104."""
    intermediate = maker.intermediate(**wrong)
    leaf = maker.leaf(issuer=intermediate)
    with pytest.raises(AttestationError, match="ATT-104"):
        verify_chain(leaf.der, intermediate.der, maker.anchors().snp, AT)


def test_chip_signs_with_p384(maker: Any) -> None:
    """Another curve is not what reports are signed with: ATT-104."""
    leaf = maker.leaf(curve=ec.SECP256R1())
    with pytest.raises(AttestationError, match="ATT-104"):
        verify_chain(leaf.der, maker.ask.der, maker.anchors().snp, AT)


@pytest.mark.parametrize("scheme", ["pkcs1", "pss-sha256"])
def test_chain_is_signed_with_pss_and_sha384(maker: Any, scheme: str) -> None:
    """AMD signs in one way; the same key in another way is refused: ATT-103."""
    leaf = maker.leaf(scheme=scheme)
    with pytest.raises(AttestationError, match="ATT-103"):
        verify_chain(leaf.der, maker.ask.der, maker.anchors().snp, AT)


def test_leaf_is_no_authority(maker: Any) -> None:
    """A chip's key cannot make further chips: ATT-103."""
    leaf = maker.leaf()
    with pytest.raises(AttestationError, match="ATT-103"):
        verify_chain(maker.leaf().der, leaf.der, maker.anchors().snp, AT)


def test_root_signing_a_leaf_itself_is_refused(maker: Any) -> None:
    """The root in place of the intermediate has the wrong name: ATT-104."""
    leaf = maker.leaf(issuer=maker.ark)
    with pytest.raises(AttestationError, match="ATT-104"):
        verify_chain(leaf.der, maker.ark.der, maker.anchors().snp, AT)


@given(st.binary(max_size=200))
def test_random_bytes_raise_only_our_errors(world: Any, data: bytes) -> None:
    """Whatever is no certificate is ATT-104."""
    anchors, maker = world.policy.anchors.snp, world.maker
    with pytest.raises(AttestationError, match="ATT-104"):
        verify_chain(data, maker.ask.der, anchors, AT)


@pytest.mark.parametrize("product", list(Product))
def test_tcb_survives_its_encoding(product: Product) -> None:
    """Each component has its own byte in the layout of its product."""
    tcb = Tcb(**{name: index + 1 for index, name in enumerate(component_names(product))})
    assert Tcb.parse(tcb.encode(product), product) == tcb


@pytest.mark.parametrize("product", list(Product))
def test_reserved_tcb_bytes_must_be_zero(product: Product) -> None:
    """A byte that means nothing in this layout is refused."""
    reserved = bytearray(8)
    reserved[5] = 1
    with pytest.raises(ValueError, match="reserved"):
        Tcb.parse(bytes(reserved), product)


def test_cpuid_belongs_to_one_product() -> None:
    """Milan, Genoa (with Bergamo) and Turin differ in family and model."""
    assert has_cpuid(Product.MILAN, 0x19, 0x01)
    assert has_cpuid(Product.GENOA, 0x19, 0x11)
    assert has_cpuid(Product.GENOA, 0x19, 0xA0)
    assert has_cpuid(Product.TURIN, 0x1A, 0x02)
    assert not has_cpuid(Product.MILAN, 0x19, 0x11)
    assert not has_cpuid(Product.TURIN, 0x19, 0x02)
