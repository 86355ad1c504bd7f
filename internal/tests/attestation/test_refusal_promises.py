"""What a refusal of evidence promises: each ID with the claim it is about and who expected it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from asterism.attestation.pcr15 import Bound, Unbound
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.attestation.verify import verify_evidence
from asterism.errors import AttestationError, Mismatch
from asterism.proto.evidence.v1.evidence_pb2 import Evidence

AT = datetime(2026, 11, 23, tzinfo=UTC)
AMD_REPORT, AMD_CERTIFICATE = "AMD 56860", "AMD 57230"


def mismatches(world: Any, evidence: Evidence, **changes: Any) -> tuple[Mismatch, ...]:
    """Everything that `evidence` is refused for; each of it can be shown."""
    expected = {"binding": world.binding, "policy": world.policy, "pcr15": Unbound(), "at": AT}
    with pytest.raises(AttestationError) as caught:
        verify_evidence(evidence, **(expected | changes))
    assert all(m.expected for m in caught.value.mismatches)
    return caught.value.mismatches


def promises(world: Any, evidence: Evidence, **changes: Any) -> list[tuple[str, str, str]]:
    """ID, claim and source of each mismatch."""
    found = mismatches(world, evidence, **changes)
    return [(m.error_id, m.claim, m.source) for m in found]


@pytest.mark.parametrize(
    ("lie", "promise"),
    [
        ({"report_data": b"x" * 64}, ("ATT-002", "SNP report data", "session")),
        ({"qualifying_data": b"x" * 32}, ("ATT-002", "quote qualifying data", "session")),
        ({"host_data": b"x" * 32}, ("ATT-021", "SNP host data", "initdata")),
        ({"measurement": b"y" + b"x" * 47}, ("ATT-110", "SNP measurement", "policy")),
        ({"vmpl": 1}, ("ATT-111", "SNP VMPL", "policy")),
        ({"guest_policy": 0xB0000}, ("ATT-112", "SNP debug", "policy")),
        ({"guest_policy": 0x70000}, ("ATT-113", "SNP migration", "policy")),
        ({"migration_agent": bytes(32)}, ("ATT-113", "SNP migration", "policy")),
        ({"committed": Tcb(10, 0, 22, 200)}, ("ATT-114", "SNP committed TCB", "policy")),
        ({"launch": Tcb(10, 0, 22, 200)}, ("ATT-114", "SNP launch TCB", "policy")),
        ({"reported": Tcb(11, 0, 23, 200)}, ("ATT-106", "SNP reported TCB", "certificate")),
        ({"chip": b"c" * 64}, ("ATT-107", "SNP chip ID", "certificate")),
        ({"key_info": 2}, ("ATT-107", "SNP chip ID", "certificate")),
        ({"cpuid": bytes((0x1A, 2, 1))}, ("ATT-107", "SNP CPUID", "certificate")),
        ({"key_info": 1 << 2}, ("ATT-102", "SNP signing key", "certificate")),
        ({"algorithm": 0}, ("ATT-102", "SNP signing key", "certificate")),
        ({"algorithm": 2}, ("ATT-102", "SNP signing key", "certificate")),
        ({"key_info": 3 << 2}, ("ATT-101", "SNP report key info", AMD_REPORT)),
        ({"version": 6}, ("ATT-101", "SNP report version", AMD_REPORT)),
        ({"guest_policy": 0x10000}, ("ATT-101", "SNP report guest policy", AMD_REPORT)),
        ({"places": {0x1E2: b"x"}}, ("ATT-101", "SNP report TCB version", AMD_REPORT)),
        ({"places": {0x39: b"\0\0\1"}}, ("ATT-101", "SNP report TCB version", AMD_REPORT)),
        ({"clock_safe": False}, ("ATT-207", "TPM clock", "TPM 2.0")),
        ({"ak_attributes": 0x40072}, ("ATT-202", "attestation key attributes", "TPM 2.0")),
        ({"registers": ()}, ("ATT-205", "quoted registers", "required registers")),
        ({"further_events": ((11, b"x" * 32),)}, ("ATT-210", "PCR 11", "policy")),
        ({"further_events": ((8, b"x" * 32),)}, ("ATT-021", "PCR 8 (initdata)", "initdata")),
        (
            {"further_events": ((15, b"x" * 32),)},
            ("ATT-211", "PCR 15 (cluster)", "session purpose"),
        ),
        ({"unlogged": (8,)}, ("ATT-209", "event log for PCR 8", "quote")),
    ],
)
def test_a_lie_is_refused_for_one_reason(
    world: Any, lie: dict[str, Any], promise: tuple[str, str, str]
) -> None:
    """Nothing else is said against a machine that lies in one point only."""
    assert promises(world, world.changed(**lie)) == [promise]


def test_what_was_not_measured_is_said_beside_what_was_expected(world: Any) -> None:
    """A constant is both: no start that was measured, and not the value wanted."""
    assert promises(world, world.changed(measurement=bytes(48))) == [
        ("ATT-013", "SNP measurement", AMD_REPORT),
        ("ATT-110", "SNP measurement", "policy"),
    ]
    assert promises(world, world.changed(unmeasured=(11,))) == [
        ("ATT-013", "PCR 11", "TPM 2.0"),
        ("ATT-210", "PCR 11", "policy"),
    ]


def test_missing_parts_are_named(world: Any) -> None:
    """All of them, by the names of the wire format."""
    form = "evidence form"
    assert promises(world, Evidence()) == [
        ("ATT-003", "SNP certificates", form),
        ("ATT-020", "initdata", form),
        ("ATT-003", "SNP report", form),
        ("ATT-003", "TPM ak_public", form),
        ("ATT-003", "TPM quoted", form),
        ("ATT-003", "TPM signature", form),
        ("ATT-003", "TPM event_log", form),
        ("ATT-003", "TPM ek_certificate", form),
        ("ATT-003", "TPM pcrs", form),
    ]
    assert {m.got for m in mismatches(world, Evidence())} == {"0", "missing"}


@pytest.mark.parametrize("count", [0, 4, 6])
def test_registers_are_exactly_those_required(world: Any, count: int) -> None:
    """One fewer or more has no meaning."""
    evidence = world.machine.evidence(world.binding)
    values = (list(evidence.tpm.pcrs) * 2)[:count]
    del evidence.tpm.pcrs[:]
    evidence.tpm.pcrs.extend(values)
    assert promises(world, evidence) == [("ATT-003", "TPM pcrs", "evidence form")]


def test_registers_of_another_size_are_refused(world: Any) -> None:
    """A register of the SHA-256 bank has 32 bytes."""
    evidence = world.machine.evidence(world.binding)
    evidence.tpm.pcrs[2] += b"\0"
    assert promises(world, evidence) == [("ATT-205", "shown registers", "required registers")]


def test_registers_other_than_the_quoted_are_refused(world: Any) -> None:
    """What is shown is what was signed."""
    evidence = world.machine.evidence(world.binding)
    evidence.tpm.pcrs[2] = bytes(range(32))
    assert promises(world, evidence) == [("ATT-206", "register values", "quote")]


def test_a_changed_report_is_refused_by_its_signature(world: Any) -> None:
    """The lowest bit of the guest's version is enough."""
    evidence = world.machine.evidence(world.binding)
    report = bytearray(evidence.snp.report)
    report[4] ^= 1
    evidence.snp.report = bytes(report)
    assert promises(world, evidence) == [("ATT-108", "SNP report signature", "certificate")]


@pytest.mark.parametrize("size", [0x49F, 0x4A1])
def test_a_report_of_another_size_is_refused(world: Any, size: int) -> None:
    """One byte more or fewer."""
    evidence = world.machine.evidence(world.binding)
    evidence.snp.report = evidence.snp.report.ljust(size, b"\0")[:size]
    assert promises(world, evidence) == [("ATT-101", "SNP report size", AMD_REPORT)]


def test_a_changed_quote_is_refused_by_its_signature(world: Any) -> None:
    """And one that is none by its form."""
    evidence = world.machine.evidence(world.binding)
    evidence.tpm.quoted = evidence.tpm.quoted[:-1] + b"\xee"
    assert promises(world, evidence) == [("ATT-204", "quote signature", "TPM 2.0")]
    evidence.tpm.signature += b"\0"
    assert promises(world, evidence) == [("ATT-201", "TPM structure", "TPM 2.0")]
    evidence = world.machine.evidence(world.binding)
    evidence.tpm.event_log += b"\0"
    assert promises(world, evidence) == [("ATT-208", "event log", "TCG PFP")]


@pytest.mark.parametrize("part", ["leaf", "intermediate", "endorsement"])
def test_what_is_no_certificate_is_named(world: Any, part: str) -> None:
    """By the kind it should be."""
    evidence = world.machine.evidence(world.binding)
    if part == "endorsement":
        evidence.tpm.ek_certificate = b"x"
        assert promises(world, evidence) == [("ATT-213", "TPM certificate DER", "TCG EK profile")]
    else:
        evidence.snp.certificates[part == "intermediate"] = b"x"
        assert promises(world, evidence) == [("ATT-104", "SNP certificate DER", AMD_CERTIFICATE)]


def test_a_foreign_issuer_is_named(world: Any, other_maker: Any) -> None:
    """At each step of the chain, and for the TPM."""
    pins = "policy anchors"
    leaf = other_maker.leaf()
    chain = (leaf.der, other_maker.ask.der)
    spliced = (leaf.der, world.maker.ask.der)
    for certificates in (chain, spliced):
        found = promises(world, world.changed(leaf=leaf, certificates=certificates))
        assert found == [("ATT-103", "SNP certificate issuer", pins)]
    found = promises(world, world.changed(endorsement=other_maker.endorsement()))
    assert found == [("ATT-212", "TPM certificate issuer", pins)]


@pytest.mark.parametrize(
    ("part", "claim"),
    [("leaf", "SNP certificates"), ("endorsement", "TPM endorsement certificate")],
)
def test_a_certificate_is_valid_to_its_last_second(world: Any, part: str, claim: str) -> None:
    """The next second is not; whose time it was is named."""
    evidence = world.changed(**{part: getattr(world.maker, part)(days=1)})
    expected = {"binding": world.binding, "policy": world.policy, "pcr15": Unbound()}
    last, first = AT + timedelta(days=1), AT - timedelta(days=1)
    for at in (first, last):
        assert verify_evidence(evidence, **expected, at=at).verified_at == at
    after = promises(world, evidence, at=last + timedelta(seconds=1))
    assert after == [("ATT-105", claim, "verification time")]
    before = promises(world, evidence, at=first - timedelta(seconds=1))
    assert before == [("ATT-105", "SNP certificates", "verification time")]


def test_initdata_are_refused_for_whom_they_name(
    world: Any, initdata_of: Callable[..., bytes]
) -> None:
    """Another cluster than the grant's."""
    evidence = world.changed(initdata=initdata_of(world.owner, world.policy, cluster="other"))
    assert promises(world, evidence) == [("ATT-023", "cluster of the grant", "initdata")]


def test_owners_are_those_of_the_policy(world: Any) -> None:
    """Not one more."""
    policy = replace(world.policy, owners=world.policy.owners | {bytes(range(32))})
    found = promises(world, world.machine.evidence(world.binding), policy=policy)
    assert found == [("ATT-022", "initdata owners", "owners of the policy")]


def test_a_policy_that_refuses_emulation_says_so(world: Any) -> None:
    """Where only one of the two roots is emulated, too."""
    anchors = world.policy.anchors
    genuine = replace(
        anchors,
        snp=tuple(replace(anchor, emulated=False) for anchor in anchors.snp),
        tpm=tuple(replace(anchor, emulated=False) for anchor in anchors.tpm),
    )
    policy = replace(world.policy, anchors=genuine, accept_emulated=False)
    found = promises(world, world.machine.evidence(world.binding), policy=policy)
    assert found == [("ATT-012", "roots", "policy")]


def test_a_product_without_a_floor_is_named(world: Any) -> None:
    """With those that have one."""
    rules = replace(world.policy.snp, minimum_tcb={Product.TURIN: Tcb(0, 0, 0, 0)})
    policy = replace(world.policy, snp=rules)
    (found,) = mismatches(world, world.machine.evidence(world.binding), policy=policy)
    assert (found.error_id, found.claim, found.source) == ("ATT-115", "SNP product", "policy")
    assert (found.expected, found.got) == ("Turin", "Genoa")


def test_the_floor_holds_in_every_component(world: Any) -> None:
    """A higher number in one makes up for none in another."""
    for name in ("boot_loader", "tee", "snp", "microcode"):
        floor = replace(world.machine.reported, **{name: getattr(world.machine.reported, name) + 1})
        rules = replace(world.policy.snp, minimum_tcb={Product.GENOA: floor})
        policy = replace(world.policy, snp=rules)
        found = promises(world, world.machine.evidence(world.binding), policy=policy)
        names = ("reported", "committed", "launch")
        assert found == [("ATT-114", f"SNP {which} TCB", "policy") for which in names]


def test_claims_hold_all_that_was_shown(world: Any) -> None:
    """Counters, versions, digests and time, each from its own place."""
    cluster = bytes(range(1, 33))
    machine = replace(world.machine, cluster_id=cluster, committed=Tcb(11, 0, 23, 201))
    claims = verify_evidence(
        machine.evidence(world.binding),
        binding=world.binding,
        policy=world.policy,
        pcr15=Bound(cluster),
        at=AT,
    )
    assert (claims.reset_count, claims.restart_count) == (7, 1)
    assert claims.versions.product is Product.GENOA
    assert claims.versions.committed == Tcb(11, 0, 23, 201)
    assert claims.versions.launch == claims.versions.reported == machine.reported
    assert claims.versions.current == machine.reported
    assert claims.cluster_id == cluster
    assert claims.initdata.encode() == machine.initdata
    assert (claims.grant.cluster, claims.grant.slot) == ("local", "local-worker-1")
    assert claims.verified_at == AT
