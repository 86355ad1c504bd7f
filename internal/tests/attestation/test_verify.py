"""Whole evidence: what is accepted, and that each lie is refused under its own ID."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from asterism.attestation.anchors import Anchors
from asterism.attestation.binding import Binding
from asterism.attestation.claims import NodeClaims, Tee
from asterism.attestation.describe import describe
from asterism.attestation.pcr15 import Bound, Unbound, UnboundOr
from asterism.attestation.snp.distrust import Distrust
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.attestation.verify import ak_name_of, verify_evidence
from asterism.errors import AttestationError
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.genesis import cluster_event_digest
from asterism.keys.owner import OwnerKey
from asterism.proto.evidence.v1.evidence_pb2 import Evidence

AT = datetime(2026, 11, 23, tzinfo=UTC)
CLUSTER = bytes(range(1, 33))
OTHER_CLUSTER = bytes(range(2, 34))


def verify(world: Any, evidence: Evidence, **changes: Any) -> NodeClaims:
    """Verify as the world does, but for `changes`."""
    expected = {"binding": world.binding, "policy": world.policy, "pcr15": Unbound(), "at": AT}
    return verify_evidence(evidence, **(expected | changes))


def refused(world: Any, evidence: Evidence, **changes: Any) -> set[str]:
    """The IDs of all mismatches that `evidence` is refused for."""
    with pytest.raises(AttestationError) as caught:
        verify(world, evidence, **changes)
    return {mismatch.error_id for mismatch in caught.value.mismatches}


def test_accepts_the_machine_that_the_policy_wants(world: Any) -> None:
    """Claims say what was proven, under which roots, and that they are emulated."""
    claims = verify(world, world.machine.evidence(world.binding))
    assert claims.tee is Tee.SNP_VTPM
    assert claims.measurement == world.machine.measurement
    assert claims.platform_id == world.machine.chip
    assert claims.ak_name == ak_name_of(world.machine.evidence(world.binding))
    assert sorted(claims.pcrs) == [4, 8, 9, 11, 15]
    assert claims.cluster_id is None
    assert claims.grant.slot == "local-worker-1"
    assert claims.labels == {"EMULATED"}
    assert claims.anchors == (world.policy.anchors.snp[0], world.policy.anchors.tpm[0])
    assert claims.policy_digest == world.policy.digest
    assert claims.policy_epoch == 3
    assert claims.reset_count == 7


def test_claims_are_the_same_after_the_wire(world: Any) -> None:
    """Protocol buffers carry evidence unchanged."""
    wire = world.machine.evidence(world.binding).SerializeToString()
    verify(world, Evidence.FromString(wire))


@pytest.mark.parametrize(
    "form",
    [
        {"version": 2, "cpuid": bytes(3)},
        {"version": 3},
        {"version": 4},
        {"version": 5, "mitigations": b"m" * 16},
    ],
)
def test_reads_every_version_of_the_report(world: Any, form: Any) -> None:
    """From version 2 on; each with the fields that it has."""
    assert verify(world, world.changed(**form)).vmpl == 0


SNP_LIES = [
    pytest.param({"report_data": bytes(64)}, "ATT-002", id="A04-zero-report-data"),
    pytest.param({"report_data": b"x" * 64}, "ATT-002", id="A05-other-report-data"),
    pytest.param({"qualifying_data": b"x" * 32}, "ATT-002", id="A06-other-qualifying-data"),
    pytest.param({"qualifying_data": b""}, "ATT-002", id="A06-no-qualifying-data"),
    pytest.param({"measurement": b"x" * 47 + b"y"}, "ATT-110", id="other-measurement"),
    pytest.param({"measurement": bytes(48)}, "ATT-013", id="V07-null-measurement"),
    pytest.param({"measurement": b"\xff" * 48}, "ATT-013", id="V07-all-ones-measurement"),
    pytest.param({"guest_policy": 0xB0000}, "ATT-112", id="V08-debug"),
    pytest.param({"guest_policy": 0x70000}, "ATT-113", id="migration-allowed"),
    pytest.param({"migration_agent": bytes(32)}, "ATT-113", id="migration-agent"),
    pytest.param({"vmpl": 2}, "ATT-111", id="V14-vmpl"),
    pytest.param({"host_data": b"x" * 32}, "ATT-021", id="V15-host-data"),
    pytest.param({"committed": Tcb(10, 0, 22, 200)}, "ATT-114", id="V09-committed"),
    pytest.param({"launch": Tcb(9, 0, 23, 200)}, "ATT-114", id="V09-launch"),
    pytest.param({"reported": Tcb(11, 0, 23, 200)}, "ATT-106", id="V09-not-the-certificate"),
    pytest.param({"chip": bytes(64)}, "ATT-107", id="chip-zero"),
    pytest.param({"chip": b"c" * 64}, "ATT-107", id="chip-other"),
    pytest.param({"key_info": 2}, "ATT-107", id="chip-masked"),
    pytest.param({"cpuid": bytes((0x1A, 2, 1))}, "ATT-107", id="cpuid-of-other-product"),
    pytest.param({"key_info": 1 << 2}, "ATT-102", id="says-vlek"),
    pytest.param({"key_info": 7 << 2}, "ATT-102", id="says-unsigned"),
    pytest.param({"key_info": 3 << 2}, "ATT-101", id="unknown-signing-key"),
    pytest.param({"key_info": 1 << 5}, "ATT-101", id="key-info-reserved"),
    pytest.param({"algorithm": 0}, "ATT-102", id="no-algorithm"),
    pytest.param({"places": {0x1E2: b"x"}}, "ATT-101", id="tcb-reserved"),
    pytest.param({"places": {0x04C: b"x"}}, "ATT-101", id="reserved"),
    pytest.param({"version": 1}, "ATT-101", id="old-version"),
    pytest.param({"version": 6}, "ATT-101", id="new-version"),
    pytest.param({"version": 2}, "ATT-101", id="cpuid-in-version-2"),
    pytest.param({"mitigations": b"m" * 16}, "ATT-101", id="mitigations-in-version-3"),
    pytest.param({"guest_policy": 0x10000}, "ATT-101", id="policy-bit-17"),
    pytest.param({"guest_policy": 0x30000 | 1 << 40}, "ATT-101", id="policy-reserved"),
]

TPM_LIES = [
    pytest.param({"ak_attributes": 0x40072}, "ATT-202", id="J05-not-restricted"),
    pytest.param({"ak_attributes": 0x50070}, "ATT-202", id="J05-not-fixed"),
    pytest.param({"ak_attributes": 0x50052}, "ATT-202", id="J05-imported"),
    pytest.param({"ak_attributes": 0x70072}, "ATT-202", id="decrypts-too"),
    pytest.param({"registers": ()}, "ATT-205", id="V03-none"),
    pytest.param({"registers": (4, 8, 9, 11)}, "ATT-205", id="V03-fewer"),
    pytest.param({"registers": (4, 7, 8, 9, 11, 15)}, "ATT-205", id="V03-more"),
    pytest.param({"registers": (0, 1, 2, 3, 5)}, "ATT-205", id="V03-others"),
    pytest.param({"bank": 0x0004}, "ATT-205", id="V03-sha1-bank"),
    pytest.param({"bank": 0x000C}, "ATT-205", id="V03-sha384-bank"),
    pytest.param({"clock_safe": False}, "ATT-207", id="clock"),
    pytest.param({"further_events": ((11, b"x" * 32),)}, "ATT-210", id="further-software"),
    pytest.param({"further_events": ((8, b"x" * 32),)}, "ATT-021", id="further-initdata"),
    pytest.param({"further_events": ((15, b"x" * 32),)}, "ATT-211", id="foreign-cluster"),
    pytest.param({"unmeasured": (11,)}, "ATT-013", id="V07-null-register"),
    pytest.param({"unmeasured": (8,)}, "ATT-021", id="V15-initdata-unmeasured"),
    pytest.param({"unlogged": (11,)}, "ATT-209", id="unexplained"),
    pytest.param({"unlogged": (8,)}, "ATT-209", id="initdata-unexplained"),
    pytest.param({"cluster_id": CLUSTER}, "ATT-211", id="J08-bound-already"),
]


@pytest.mark.parametrize(("lie", "error_id"), SNP_LIES + TPM_LIES)
def test_refuses_a_machine_that_lies(world: Any, lie: Any, error_id: str) -> None:
    """Each lie is signed by genuine keys, and refused for what it is."""
    evidence = world.changed(**lie)
    found = refused(world, evidence)
    assert error_id in found


def test_names_every_difference_at_once(world: Any) -> None:
    """An owner sees all that is wrong with a machine, not only the first of it."""
    evidence = world.changed(
        vmpl=1, measurement=b"x" * 47 + b"y", clock_safe=False, guest_policy=0xB0000
    )
    found = refused(world, evidence)
    assert found == {"ATT-110", "ATT-111", "ATT-112", "ATT-207"}


@pytest.mark.parametrize(
    ("bound", "rule", "accepted"),
    [
        (None, Unbound(), True),
        (None, UnboundOr(CLUSTER), True),
        (None, Bound(CLUSTER), False),
        (CLUSTER, Unbound(), False),
        (CLUSTER, UnboundOr(CLUSTER), True),
        (CLUSTER, Bound(CLUSTER), True),
        (OTHER_CLUSTER, UnboundOr(CLUSTER), False),
        (OTHER_CLUSTER, Bound(CLUSTER), False),
    ],
)
def test_cluster_register_follows_the_rule(
    world: Any, bound: bytes | None, rule: Any, accepted: bool
) -> None:
    """PCR 15 holds what the step demands, else ATT-211."""
    evidence = world.changed(cluster_id=bound)

    if accepted:
        assert verify(world, evidence, pcr15=rule).cluster_id == bound
    else:
        assert refused(world, evidence, pcr15=rule) == {"ATT-211"}


def test_a_machine_bound_twice_is_refused(world: Any) -> None:
    """Extending the same cluster a second time is no membership either."""
    evidence = world.changed(
        cluster_id=CLUSTER, further_events=((15, cluster_event_digest(CLUSTER)),)
    )
    assert "ATT-211" in refused(world, evidence, pcr15=Bound(CLUSTER))


@pytest.mark.parametrize(
    "part", ["report", "ak_public", "quoted", "signature", "event_log", "ek_certificate"]
)
def test_refuses_evidence_without_a_part(world: Any, part: str) -> None:
    """What is missing is refused, never passed over."""
    evidence = world.machine.evidence(world.binding)
    (evidence.snp if part == "report" else evidence.tpm).ClearField(part)
    assert refused(world, evidence) == {"ATT-003"}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_refuses_other_numbers_of_certificates(world: Any, count: int) -> None:
    """Leaf and intermediate; the root is the policy's and never the machine's."""
    maker, evidence = world.maker, world.machine.evidence(world.binding)
    del evidence.snp.certificates[:]
    chain = (world.machine.leaf.der, maker.ask.der, maker.ark.der)
    evidence.snp.certificates.extend(chain[:count])
    assert refused(world, evidence) == {"ATT-003"}


def test_refuses_empty_evidence(world: Any) -> None:
    """Nothing at all lacks everything."""
    assert refused(world, Evidence()) == {"ATT-003", "ATT-020"}


def test_refuses_a_root_that_evidence_brings_along(world: Any, other_maker: Any) -> None:
    """A whole chain of the same names under another root is foreign (V13)."""
    leaf = other_maker.leaf()
    certificates = (leaf.der, other_maker.ask.der)
    evidence = world.changed(leaf=leaf, certificates=certificates)
    assert refused(world, evidence) == {"ATT-103"}


def test_a_chain_known_to_be_good_is_foreign_under_other_roots(
    world: Any, other_maker: Any
) -> None:
    """What one verifier has cached does not pass with another."""
    evidence = world.machine.evidence(world.binding)
    verify(world, evidence)
    policy = replace(world.policy, anchors=other_maker.anchors())
    assert refused(world, evidence, policy=policy) == {"ATT-103"}


def test_refuses_a_tpm_of_another_maker(world: Any, other_maker: Any) -> None:
    """The endorsement certificate must be by a pinned TPM maker."""
    evidence = world.changed(endorsement=other_maker.endorsement())
    assert refused(world, evidence) == {"ATT-212"}


@pytest.mark.parametrize("wrong", [{"usage": "2.23.133.8.3"}, {"ca": True}])
def test_refuses_a_certificate_that_is_no_endorsement(world: Any, wrong: Any) -> None:
    """A certificate of the right maker for another use is refused."""
    evidence = world.changed(endorsement=world.maker.endorsement(**wrong))
    assert refused(world, evidence) == {"ATT-213"}


@pytest.mark.parametrize("days", [-2, 400])
def test_refuses_certificates_out_of_time(world: Any, days: int) -> None:
    """Time is the caller's; before and after the certificates' period nothing passes."""
    evidence = world.machine.evidence(world.binding)
    assert refused(world, evidence, at=AT + timedelta(days=days)) == {"ATT-105"}


@pytest.mark.parametrize("part", ["leaf", "endorsement"])
def test_refuses_each_expired_certificate(world: Any, part: str) -> None:
    """The others being valid does not help: ATT-105."""
    short = getattr(world.maker, part)(days=1)
    evidence = world.changed(**{part: short})
    assert verify(world, evidence).verified_at == AT
    assert refused(world, evidence, at=AT + timedelta(days=2)) == {"ATT-105"}


def test_refuses_a_vlek_as_no_provider_is_named(world: Any) -> None:
    """A provider's key says nothing about which chip it is."""
    provider = bytes((0x16, 3)) + b"csp"
    leaf = world.maker.leaf(
        "SEV-VLEK", issuer=world.maker.asvk, extensions={"4": None, "5": provider}
    )
    evidence = world.changed(
        leaf=leaf, key_info=1 << 2, certificates=(leaf.der, world.maker.asvk.der)
    )
    assert refused(world, evidence) == {"ATT-102"}


def test_policy_that_refuses_emulation_refuses_emulated_certificates(world: Any) -> None:
    """Even under roots that do not say so, a chain that says EMULATED is refused (ATT-012)."""
    snp = tuple(replace(anchor, emulated=False) for anchor in world.policy.anchors.snp)
    tpm = tuple(replace(anchor, emulated=False) for anchor in world.policy.anchors.tpm)
    policy = replace(world.policy, anchors=Anchors(snp, tpm), accept_emulated=False)
    evidence = world.machine.evidence(world.binding)
    assert refused(world, evidence, policy=policy) == {"ATT-012"}


def test_refuses_a_product_without_a_floor(world: Any) -> None:
    """A product line that the policy does not name is not accepted (V09)."""
    rules = replace(world.policy.snp, minimum_tcb={Product.TURIN: Tcb(0, 0, 0, 0, 0)})
    policy = replace(world.policy, snp=rules)
    evidence = world.machine.evidence(world.binding)
    assert refused(world, evidence, policy=policy) == {"ATT-115"}


@pytest.mark.parametrize(
    ("until", "accepted"), [(None, False), (AT.date(), True), (AT.date() - timedelta(1), False)]
)
def test_a_distrusted_product_needs_an_exception_that_has_not_ended(
    world: Any, monkeypatch: pytest.MonkeyPatch, until: date | None, accepted: bool
) -> None:
    """A floor is not enough for a line whose reports can be forged (V09): ATT-116."""
    line = {Product.GENOA: Distrust(date(2026, 1, 1), "for the test")}
    monkeypatch.setattr("asterism.attestation.snp.verify.DISTRUSTED", line)
    exceptions = {} if until is None else {Product.GENOA: until}
    rules = replace(world.policy.snp, accept_distrusted=exceptions)
    policy = replace(world.policy, snp=rules)
    evidence = world.machine.evidence(world.binding)
    if accepted:
        assert verify(world, evidence, policy=policy).versions.product is Product.GENOA
    else:
        assert refused(world, evidence, policy=policy) == {"ATT-116"}


def test_an_exception_ends_with_its_day_in_utc(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the zone that the verifier's time is given in."""
    line = {Product.GENOA: Distrust(date(2026, 1, 1), "for the test")}
    monkeypatch.setattr("asterism.attestation.snp.verify.DISTRUSTED", line)
    rules = replace(world.policy.snp, accept_distrusted={Product.GENOA: AT.date()})
    policy = replace(world.policy, snp=rules)
    evidence = world.machine.evidence(world.binding)
    east = timezone(timedelta(hours=14))
    last = datetime(2026, 11, 24, 13, 59, tzinfo=east)
    assert verify(world, evidence, policy=policy, at=last).verified_at == last
    assert refused(world, evidence, policy=policy, at=last + timedelta(minutes=1)) == {"ATT-116"}


def test_floors_count_by_component(world: Any) -> None:
    """A higher component does not make up for a lower one."""
    rules = replace(world.policy.snp, minimum_tcb={Product.GENOA: Tcb(0, 0, 24, 0)})
    policy = replace(world.policy, snp=rules)
    evidence = world.machine.evidence(world.binding)
    assert refused(world, evidence, policy=policy) == {"ATT-114"}


def test_refuses_old_evidence_in_a_new_session(world: Any) -> None:
    """Evidence of another binding is refused in both its parts (A06, A07)."""
    evidence = world.machine.evidence(world.binding)
    fresh = Binding(bytes(range(1, 65)))
    with pytest.raises(AttestationError) as caught:
        verify(world, evidence, binding=fresh)
    assert [m.claim for m in caught.value.mismatches] == [
        "SNP report data",
        "quote qualifying data",
    ]


def test_refuses_a_fresh_report_beside_an_old_quote(world: Any) -> None:
    """The binding must be inside each part (A06)."""
    fresh = Binding(bytes(range(1, 65)))
    spliced = world.machine.evidence(fresh)
    spliced.tpm.CopyFrom(world.machine.quote(world.binding))
    assert refused(world, spliced, binding=fresh) == {"ATT-002"}


@pytest.mark.parametrize("suffix", [b"\n", b" ", b"\0"])
def test_refuses_initdata_with_anything_added(world: Any, suffix: bytes) -> None:
    """Not even padding changes unseen (V15, V17, V19)."""
    evidence = world.machine.evidence(world.binding)
    evidence.initdata += suffix
    assert refused(world, evidence) == {"DOC-001"}


def test_refuses_other_initdata_of_the_same_owner(
    world: Any, initdata_of: Callable[..., bytes]
) -> None:
    """Well-formed and well-signed initdata that the machine was not started with (V15)."""
    evidence = world.machine.evidence(world.binding)
    other = replace(world.policy, epoch=4)
    evidence.initdata = initdata_of(world.owner, other)
    assert refused(world, evidence) == {"ATT-021"}


def test_refuses_a_machine_of_other_owners(world: Any, initdata_of: Callable[..., bytes]) -> None:
    """A host cannot bring its own owner: the policy's owners count."""
    rogue = OwnerKey.generate()
    evidence = world.changed(initdata=initdata_of(rogue, world.policy))
    assert refused(world, evidence) == {"ATT-022"}


def test_refuses_a_grant_of_somebody_else(world: Any, initdata_of: Callable[..., bytes]) -> None:
    """A grant counts by its signature, not by the initdata around it."""
    initdata = initdata_of(world.owner, world.policy, grant_of=OwnerKey.generate())
    evidence = world.changed(initdata=initdata)
    assert refused(world, evidence) == {"DOC-005"}


def test_refuses_a_policy_signature_in_place_of_a_grant(world: Any) -> None:
    """A signature for one kind of document is none for another."""
    document = SignedDocument.sign(Kind.POLICY, {"a": 1}, [world.owner])
    with pytest.raises(AttestationError, match="DOC-006"):
        document.open(Kind.GRANT, [world.owner.public])


def test_refuses_a_grant_for_another_cluster(world: Any, initdata_of: Callable[..., bytes]) -> None:
    """Initdata of one cluster cannot carry a grant of another."""
    evidence = world.changed(initdata=initdata_of(world.owner, world.policy, cluster="other"))
    assert refused(world, evidence) == {"ATT-023"}


def test_description_names_the_root_of_every_claim(world: Any) -> None:
    """Each line says what proves it; emulated roots are named as such."""
    evidence = world.changed(cluster_id=CLUSTER)
    claims = verify(world, evidence, pcr15=Bound(CLUSTER))
    statements = {statement.claim: statement for statement in describe(claims)}
    assert statements["cluster"].value == CLUSTER.hex()
    assert statements["launch measurement"].under.startswith("EMULATED ARK-Genoa (sha256 ")
    assert statements["endorsement key"].under.startswith("EMULATED TPM Root (sha256 ")
    assert statements["role"] == ("role", "worker", "grant in the initdata", "owner keys")
    assert statements["labels"].value == "EMULATED"
    assert all(all(statement) for statement in statements.values())


CERTIFICATES = {"leaf": "ATT-104", "intermediate": "ATT-104", "endorsement": "ATT-213"}


def certificate_of(evidence: Evidence, which: str) -> bytes:
    """The DER of one certificate."""
    leaf, intermediate = evidence.snp.certificates
    named = {"leaf": leaf, "intermediate": intermediate}
    return named.get(which, evidence.tpm.ek_certificate)


def with_certificate(evidence: Evidence, which: str, der: bytes) -> Evidence:
    """The evidence with that certificate exchanged."""
    changed = Evidence()
    changed.CopyFrom(evidence)
    if which == "endorsement":
        changed.tpm.ek_certificate = der
    else:
        changed.snp.certificates[0 if which == "leaf" else 1] = der
    return changed


@pytest.mark.parametrize("which", CERTIFICATES)
def test_a_certificate_of_a_version_that_does_not_exist_is_refused(world: Any, which: str) -> None:
    """By its ID, as everything that cannot be read: X.509 version 7."""
    good = world.machine.evidence(world.binding)
    der = certificate_of(good, which)
    broken = der.replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020106"), 1)
    assert broken != der
    assert refused(world, with_certificate(good, which, broken)) == {CERTIFICATES[which]}


@pytest.mark.parametrize("which", CERTIFICATES)
def test_every_altered_byte_of_a_certificate_is_refused_by_an_id(world: Any, which: str) -> None:
    """Never by an error of a library: names, dates, algorithms and signatures alike."""
    good = world.machine.evidence(world.binding)
    der = certificate_of(good, which)
    for position in range(len(der)):
        altered = bytearray(der)
        altered[position] ^= 1 << position % 8
        assert refused(world, with_certificate(good, which, bytes(altered)))
