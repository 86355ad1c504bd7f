"""What `asterism cluster verify` says about a node, line by line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from asterism.attestation.claims import NodeClaims
from asterism.attestation.describe import describe
from asterism.attestation.pcr15 import UnboundOr
from asterism.attestation.verify import verify_evidence

AT = datetime(2026, 11, 23, tzinfo=UTC)
CLUSTER = bytes(range(1, 33))


def claims_of(world: Any, **changes: Any) -> NodeClaims:
    """What the verifier says about the world's machine."""
    evidence = world.changed(**changes)
    return verify_evidence(
        evidence, binding=world.binding, policy=world.policy, pcr15=UnboundOr(CLUSTER), at=AT
    )


def root(world: Any, which: str) -> str:
    """How a root of the tests is shown."""
    (anchor,) = getattr(world.policy.anchors, which)
    return f"EMULATED {anchor.common_name} (sha256 {anchor.fingerprint[:16]})"


def test_every_claim_is_said_with_its_value_proof_and_root(world: Any) -> None:
    """All of them, in the order of the machine, what it runs, its place, and the judgement."""
    claims = claims_of(world, cluster_id=CLUSTER)
    snp, tpm, owners = root(world, "snp"), root(world, "tpm"), "owner keys"
    quote = "TPM quote by the attestation key"
    registers = [
        (f"PCR {index}", claims.pcrs[index].hex(), quote, snp) for index in (4, 8, 9, 11, 15)
    ]
    assert describe(claims) == [
        ("machine", "snp+vtpm", "SNP report signature", snp),
        ("product", "Genoa", "SNP certificate", snp),
        ("platform", world.machine.chip.hex(), "SNP report and certificate", snp),
        ("TCB reported", str(world.machine.reported), "SNP report and certificate", snp),
        ("TCB committed", str(world.machine.committed), "SNP report", snp),
        ("TCB at launch", str(world.machine.launch), "SNP report", snp),
        ("privilege level", "VMPL 0", "SNP report", snp),
        ("attestation key", claims.ak_name.hex(), "SNP report data", snp),
        ("endorsement key", claims.ek_fingerprint.hex(), "TPM certificate", tpm),
        ("launch measurement", world.machine.measurement.hex(), "SNP report", snp),
        *registers,
        ("initdata", claims.initdata_digest.hex(), "SNP host data and PCR 8", snp),
        ("name", "local-worker-1 of local", "grant in the initdata", owners),
        ("role", "worker", "grant in the initdata", owners),
        ("cluster", CLUSTER.hex(), "PCR 15", snp),
        ("policy applied", f"epoch 3, {world.policy.digest.hex()}", "signature", owners),
        ("verified at", "2026-11-23T00:00:00Z", "clock", "verifier"),
        ("labels", "EMULATED", "roots used", "verifier"),
    ]


def test_a_tcb_version_names_its_components(world: Any) -> None:
    """As policies name them."""
    lines = {line.claim: line.value for line in describe(claims_of(world))}
    assert lines["TCB reported"] == "boot_loader=10 tee=0 snp=23 microcode=200 fmc=0"


def test_a_machine_without_a_cluster_or_label_says_so(world: Any) -> None:
    """A word, not an empty field."""
    claims = replace(claims_of(world), labels=frozenset())
    lines = {line.claim: line.value for line in describe(claims)}
    assert lines["cluster"] == "none yet"
    assert lines["labels"] == "none"


def test_the_time_is_shown_in_utc(world: Any) -> None:
    """In whatever zone the verifier was."""
    local = AT.astimezone(timezone(timedelta(hours=5)))
    claims = replace(claims_of(world), verified_at=local)
    lines = {line.claim: line.value for line in describe(claims)}
    assert lines["verified at"] == "2026-11-23T00:00:00Z"


@pytest.mark.parametrize(
    ("emulated", "common_name", "shown"),
    [
        (True, "ARK-Genoa", "EMULATED ARK-Genoa"),
        (True, "EMULATED ARK-Genoa", "EMULATED ARK-Genoa"),
        (False, "ARK-Genoa", "ARK-Genoa"),
    ],
)
def test_a_root_is_marked_once_where_it_is_emulated(
    world: Any, emulated: bool, common_name: str, shown: str
) -> None:
    """A root that says so itself is not marked again; a genuine one is not marked."""
    claims = claims_of(world)
    anchors = tuple(
        replace(anchor, emulated=emulated, common_name=common_name) for anchor in claims.anchors
    )
    first = describe(replace(claims, anchors=anchors))[0]
    assert first.under == f"{shown} (sha256 {anchors[0].fingerprint[:16]})"
