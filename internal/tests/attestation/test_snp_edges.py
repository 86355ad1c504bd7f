"""SNP reports, TCB versions and certificates at their edges: every offset, bit, range and name."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from asterism.attestation.anchors import Anchor, Anchors, Format
from asterism.attestation.snp.certificates import Endorsement, verify_chain
from asterism.attestation.snp.report import SIZE, GuestPolicy, Report, SigningKey
from asterism.attestation.snp.tcb import Product, Tcb, component_names, has_cpuid
from asterism.attestation.tpm.endorsement import verify_endorsement
from asterism.errors import AttestationError

AT = datetime(2026, 11, 23, tzinfo=UTC)
SOURCE = "AMD 57230"
GUEST_POLICY = 0x3_0000


def numbered() -> bytearray:
    """A version 5 report in which each field has bytes of its own, and all reserved are zero."""
    raw = bytearray((index * 7 + 1) % 251 + 1 for index in range(SIZE))
    raw[0x000:0x010] = (
        (5).to_bytes(4, "little") + (9).to_bytes(4, "little") + GUEST_POLICY.to_bytes(8, "little")
    )
    raw[0x030:0x038] = (3).to_bytes(4, "little") + (1).to_bytes(4, "little")
    raw[0x040:0x04C] = (0x25).to_bytes(8, "little") + (0b110).to_bytes(4, "little")
    for start, end in RESERVED:
        raw[start:end] = bytes(end - start)
    return raw


RESERVED = [
    (0x04C, 0x050),
    (0x18B, 0x1A0),
    (0x1EB, 0x1EC),
    (0x1EF, 0x1F0),
    (0x208, 0x2A0),
    (0x2D0, 0x2E8),
    (0x318, 0x330),
    (0x330, 0x4A0),
]
FIELDS = {
    "report_data": (0x050, 0x090),
    "measurement": (0x090, 0x0C0),
    "host_data": (0x0C0, 0x0E0),
    "id_key_digest": (0x0E0, 0x110),
    "author_key_digest": (0x110, 0x140),
    "report_id": (0x140, 0x160),
    "migration_agent": (0x160, 0x180),
    "chip_id": (0x1A0, 0x1E0),
    "current_tcb": (0x038, 0x040),
    "reported_tcb": (0x180, 0x188),
    "committed_tcb": (0x1E0, 0x1E8),
    "launch_tcb": (0x1F0, 0x1F8),
}
"""First byte and one past the last (AMD 56860, table ATTESTATION_REPORT)."""


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_read_from_its_own_bytes(name: str) -> None:
    """All of them, none beside them."""
    raw = numbered()
    start, end = FIELDS[name]
    assert getattr(Report.parse(bytes(raw)), name) == raw[start:end]


def test_numbers_of_a_report_are_little_endian() -> None:
    """Each at its place."""
    raw = numbered()
    report = Report.parse(bytes(raw))
    assert (report.version, report.guest_svn, report.policy) == (5, 9, GuestPolicy(GUEST_POLICY))
    assert (report.vmpl, report.signature_algorithm, report.platform_info) == (3, 1, 0x25)
    assert (report.signing_key, report.masked_chip_key) == (SigningKey.VLEK, True)
    assert report.cpuid == (raw[0x188], raw[0x189], raw[0x18A])
    assert report.r == int.from_bytes(raw[0x2A0:0x2D0], "little")
    assert report.s == int.from_bytes(raw[0x2E8:0x318], "little")
    assert report.signed == raw[:0x2A0]
    assert report.raw == raw


def refused_field(raw: bytes) -> str:
    """The field for which a report is refused."""
    with pytest.raises(AttestationError) as caught:
        Report.parse(raw)
    (found,) = caught.value.mismatches
    assert (found.error_id, found.source) == ("ATT-101", "AMD 56860")
    return found.claim.removeprefix("SNP report ")


@pytest.mark.parametrize(("start", "end"), RESERVED)
def test_reserved_bytes_are_zero_to_their_ends(start: int, end: int) -> None:
    """The first and the last of them; they are named where they are not part of the signature."""
    for offset in (start, end - 1):
        raw = numbered()
        raw[offset] = 1
        named = refused_field(bytes(raw))
        signature = 0x2A0 <= start < 0x330
        assert named == ("signature" if signature else f"bytes {start:#x} to {end - 1:#x}")


@pytest.mark.parametrize(
    ("version", "offset", "name"),
    [
        (2, 0x188, "bytes 0x188 to 0x18a"),
        (2, 0x18A, "bytes 0x188 to 0x18a"),
        (4, 0x1F8, "bytes 0x1f8 to 0x207"),
        (4, 0x207, "bytes 0x1f8 to 0x207"),
    ],
)
def test_bytes_are_reserved_until_a_version_gives_them_a_meaning(
    version: int, offset: int, name: str
) -> None:
    """CPUID from version 3, mitigations from version 5 on."""
    for stated, refused in ((version, True), (version + 1, False)):
        raw = numbered()
        raw[0] = stated
        raw[0x188:0x18B] = bytes(3)
        raw[0x1F8:0x208] = bytes(16)
        raw[offset] = 1
        if refused:
            assert refused_field(bytes(raw)) == name
        else:
            assert Report.parse(bytes(raw)).version == stated


@pytest.mark.parametrize("version", [1, 6])
def test_other_versions_are_refused(version: int) -> None:
    """Their fields may lie elsewhere."""
    raw = numbered()
    raw[0] = version
    assert refused_field(bytes(raw)) == "version"


@pytest.mark.parametrize("key_info", [3 << 2, 6 << 2, 1 << 5, 1 << 31])
def test_other_keys_are_refused(key_info: int) -> None:
    """Only VCEK, VLEK and none are known; what lies above is reserved."""
    raw = numbered()
    raw[0x048:0x04C] = key_info.to_bytes(4, "little")
    assert refused_field(bytes(raw)) == "key info"


def test_a_masked_key_is_bit_one() -> None:
    """Bit 0 is the author key."""
    for key_info, masked in ((0, False), (1, False), (2, True), (7 << 2, False)):
        raw = numbered()
        raw[0x048:0x04C] = key_info.to_bytes(4, "little")
        assert Report.parse(bytes(raw)).masked_chip_key is masked


@pytest.mark.parametrize(
    ("bit", "name"), [(16, "smt_allowed"), (18, "migration_allowed"), (19, "debug_allowed")]
)
def test_a_bit_of_the_guest_policy_says_one_thing(bit: int, name: str) -> None:
    """And no other bit says it."""
    assert getattr(GuestPolicy(1 << bit), name)
    assert not getattr(GuestPolicy(~(1 << bit) & (1 << 64) - 1), name)


@pytest.mark.parametrize(
    ("raw", "well_formed"),
    [(1 << 17, True), (0, False), (1 << 17 | 1 << 25, True), (1 << 17 | 1 << 26, False)],
)
def test_the_guest_policy_has_one_form(raw: int, well_formed: bool) -> None:
    """Bit 17 is one, bits from 26 on are zero."""
    assert GuestPolicy(raw).well_formed is well_formed
    report = numbered()
    report[0x008:0x010] = raw.to_bytes(8, "little")
    if well_formed:
        assert Report.parse(bytes(report)).policy.raw == raw
    else:
        assert refused_field(bytes(report)) == "guest policy"


TCB = Tcb(boot_loader=1, tee=2, snp=3, microcode=4)
LAYOUTS = {
    Product.MILAN: (TCB, bytes((1, 2, 0, 0, 0, 0, 3, 4))),
    Product.GENOA: (TCB, bytes((1, 2, 0, 0, 0, 0, 3, 4))),
    Product.TURIN: (replace(TCB, fmc=5), bytes((5, 1, 2, 3, 0, 0, 0, 4))),
}


@pytest.mark.parametrize("product", list(Product))
def test_the_layout_of_a_tcb_version(product: Product) -> None:
    """Byte by byte (AMD 57230, table 10); whatever lies between is reserved."""
    tcb, raw = LAYOUTS[product]
    assert tcb.encode(product) == raw
    assert Tcb.parse(raw, product) == tcb
    for place in (place for place in range(8) if raw[place] == 0):
        with pytest.raises(ValueError, match="reserved"):
            Tcb.parse(raw[:place] + b"\1" + raw[place + 1 :], product)


def test_components_have_the_names_of_policies() -> None:
    """In the order of the layout."""
    older = ("boot_loader", "tee", "snp", "microcode")
    assert component_names(Product.MILAN) == component_names(Product.GENOA) == older
    assert component_names(Product.TURIN) == ("fmc", *older)


@pytest.mark.parametrize("name", ["boot_loader", "tee", "snp", "microcode", "fmc"])
def test_a_floor_is_reached_component_by_component(name: str) -> None:
    """Equal is enough; one below is not, however high the others are."""
    high, floor = Tcb(9, 9, 9, 9, 9), Tcb(5, 5, 5, 5, 5)
    assert floor.reaches(floor)
    assert replace(high, **{name: 5}).reaches(floor)
    assert not replace(high, **{name: 4}).reaches(floor)


@pytest.mark.parametrize(
    ("product", "family", "models"),
    [
        (Product.MILAN, 0x19, {*range(0x10)}),
        (Product.GENOA, 0x19, {*range(0x10, 0x20), *range(0xA0, 0xB0)}),
        (Product.TURIN, 0x1A, {*range(0x20)}),
    ],
)
def test_models_of_a_product(product: Product, family: int, models: set[int]) -> None:
    """All of its family and no other."""
    assert {model for model in range(256) if has_cpuid(product, family, model)} == models
    other = 0x1A if family == 0x19 else 0x19
    assert not any(has_cpuid(product, other, model) for model in range(256))


def endorsed(maker: Any, **changes: Any) -> Endorsement:
    """The endorsement of a leaf with other extensions."""
    leaf = maker.leaf(extensions=changes.pop("extensions", None), **changes)
    return verify_chain(leaf.der, maker.ask.der, maker.anchors().snp, AT)


def refused_claim(maker: Any, **changes: Any) -> str:
    """The claim for which a leaf is refused as no VCEK."""
    with pytest.raises(AttestationError) as caught:
        endorsed(maker, **changes)
    (found,) = caught.value.mismatches
    assert (found.error_id, found.source) == ("ATT-104", SOURCE)
    return found.claim.removeprefix("SNP certificate ")


PREFIX = "extension 1.3.6.1.4.1.3704.1."


@pytest.mark.parametrize(
    ("extensions", "claim"),
    [
        ({"2": b"\x16\x05Paris"}, "product"),
        ({"2": b"\x0c\x05Genoa"}, PREFIX + "2"),
        ({"2": b"\x16\x04Genoa"}, PREFIX + "2"),
        ({"2": b"\x16\x00"}, PREFIX + "2"),
        ({"2": b"\x16"}, PREFIX + "2"),
        ({"2": b"\x16\x80" + b"x" * 128}, PREFIX + "2"),
        ({"2": None}, PREFIX + "2"),
        ({"3.1": None}, PREFIX + "3.1"),
        ({"3.2": b"\x02\x01\x80"}, PREFIX + "3.2"),
        ({"3.3": b"\x02\x02\x00\x7f"}, PREFIX + "3.3"),
        ({"3.8": b"\x02\x02\x01\x00"}, PREFIX + "3.8"),
        ({"3.8": b"\x02\x03\x00\x80\x00"}, PREFIX + "3.8"),
        ({"4": None}, PREFIX + "4"),
        ({"4": bytes(64)}, "hardware ID"),
        ({"4": b"x" * 65}, "hardware ID"),
        ({"4": b"\x05\x40" + b"x" * 64}, "hardware ID"),
        ({"4": b"\x04\x41" + b"x" * 64}, "hardware ID"),
    ],
)
def test_malformed_extensions_are_named(
    maker: Any, extensions: dict[str, bytes | None], claim: str
) -> None:
    """By their object identifier, or by what they mean."""
    assert refused_claim(maker, extensions=extensions) == claim


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        (b"\x02\x01\x00", 0),
        (b"\x02\x01\x7f", 127),
        (b"\x02\x02\x00\x80", 128),
        (b"\x02\x02\x00\xff", 255),
    ],
)
def test_components_are_numbers_of_one_byte(maker: Any, encoded: bytes, value: int) -> None:
    """DER, with a leading zero from 128 on."""
    endorsement = endorsed(maker, extensions={"3.8": encoded})
    assert endorsement.tcb == Tcb(10, 0, 23, value)


def test_the_longest_text_is_read(maker: Any) -> None:
    """127 characters have a length of one byte; a stepping is no part of the product."""
    name = b"Genoa-" + b"x" * 121
    assert endorsed(maker, extensions={"2": b"\x16\x7f" + name}).product is Product.GENOA


def test_an_extension_of_another_vendor_is_no_business_of_ours(maker: Any) -> None:
    """Only what lies under AMD's prefix is read."""
    with pytest.raises(AttestationError):
        endorsed(maker, extensions={"2": None, "22": b"\x16\x05Genoa"})


def test_an_endorsement_says_what_it_was_made_for(maker: Any) -> None:
    """Chip, product, TCB and root; the narrowest period of the three certificates."""
    endorsement = endorsed(maker, days=10)
    assert endorsement.kind is SigningKey.VCEK
    assert endorsement.provider == ""
    assert endorsement.hardware_id == bytes(range(100, 164))
    assert endorsement.anchor.der == maker.ark.der
    assert endorsement.validity.not_after.day == 3
    assert endorsement.emulated


@pytest.mark.parametrize(
    ("name", "claim"), [("SEV-CEK", "name"), ("SEV-VLEK", "authority"), ("sev-vcek", "name")]
)
def test_names_tell_the_kind_of_key(maker: Any, name: str, claim: str) -> None:
    """A VLEK under the authority of VCEKs is none."""
    found = refused_claim(maker, name=name, extensions={"5": b"\x16\x03csp"})
    assert found == claim


@pytest.mark.parametrize("wrong", [{"ca": False}, {"cert_sign": False}, {"bits": 2048}])
def test_an_authority_is_named(maker: Any, wrong: Any) -> None:
    """Whatever it lacks."""
    intermediate = maker.intermediate(**wrong)
    leaf = maker.leaf(issuer=intermediate)
    with pytest.raises(AttestationError) as caught:
        verify_chain(leaf.der, intermediate.der, maker.anchors().snp, AT)
    (found,) = caught.value.mismatches
    assert (found.error_id, found.claim) == ("ATT-104", "SNP certificate authority")


def genuine(anchors: Anchors) -> Anchors:
    """The same roots as if they were a maker's."""
    snp = tuple(replace(anchor, emulated=False) for anchor in anchors.snp)
    return Anchors(snp, tuple(replace(anchor, emulated=False) for anchor in anchors.tpm))


@pytest.mark.parametrize("emulated", [True, False])
def test_emulation_is_seen_in_root_and_names(
    maker: Any, unmarked_maker: Any, emulated: bool
) -> None:
    """A certificate that says EMULATED is, whatever its root; else the root decides."""
    made = maker if emulated else unmarked_maker
    anchors = genuine(made.anchors())
    leaf = made.leaf()
    assert verify_chain(leaf.der, made.ask.der, anchors.snp, AT).emulated is emulated
    endorsement = verify_endorsement(made.endorsement(), anchors.tpm, AT)
    assert endorsement.emulated is emulated
    pinned = made.anchors()
    assert verify_chain(leaf.der, made.ask.der, pinned.snp, AT).emulated


def test_an_endorsement_certificate_is_known_by_its_fingerprint(maker: Any) -> None:
    """SHA-256 of all of it; the anchor is the one that issued it, not the first."""
    der = maker.endorsement(days=5)
    other = Anchor.of(Format.TPM, maker.ark.der)
    endorsement = verify_endorsement(der, (other, *maker.anchors().tpm), AT)
    assert endorsement.fingerprint == hashlib.sha256(der).digest()
    assert endorsement.anchor == maker.anchors().tpm[0]
    assert endorsement.validity.not_after.day == 28


@pytest.mark.parametrize(
    ("wrong", "claim"),
    [({"ca": True}, "basic constraints"), ({"usage": "2.23.133.8.3"}, "extended key usage")],
)
def test_an_endorsement_certificate_has_its_profile(maker: Any, wrong: Any, claim: str) -> None:
    """What does not fit is named."""
    with pytest.raises(AttestationError) as caught:
        verify_endorsement(maker.endorsement(**wrong), maker.anchors().tpm, AT)
    (found,) = caught.value.mismatches
    assert (found.error_id, found.source) == ("ATT-213", "TCG EK profile")
    assert found.claim == f"TPM certificate {claim}"


def test_a_root_says_who_it_is(maker: Any, unmarked_maker: Any) -> None:
    """Fingerprint, whole name, common name, and whether it is emulated."""
    anchor = maker.anchors().snp[0]
    assert anchor.fingerprint == hashlib.sha256(maker.ark.der).hexdigest()
    assert anchor.name == "CN=ARK-Genoa,O=EMULATED by the tests"
    assert anchor.common_name == "ARK-Genoa"
    anchors = unmarked_maker.anchors()
    assert [found.emulated for found in anchors.all] == [True, False]
    assert anchors.emulated == anchors.snp
    assert anchors.all == anchors.snp + anchors.tpm
