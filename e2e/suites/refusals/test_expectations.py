"""Evidence that was made for something else, and verifiers that were told nothing to expect."""

import pytest

from asterism import clock
from asterism.atls.verifier import StandardVerifier
from asterism.attestation.binding import BINDING_SIZE, Binding
from asterism.attestation.pcr15 import Unbound
from asterism.attestation.verify import verify_evidence
from asterism.e2e import twins
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.sides import machines_side, owners_side
from asterism.e2e.lab.starting import PowerOn
from asterism.e2e.lab.wire import meet
from asterism.proto.evidence.v1.evidence_pb2 import Evidence

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]

ZEROS = bytes(BINDING_SIZE)


@pytest.fixture
def machine(owner: LabOwner, power_on: PowerOn) -> LabMachine:
    """A genuine machine, which the attacker can have prove anything."""
    return power_on(owner)


def verify(owner: LabOwner, evidence: Evidence, binding: Binding) -> None:
    """What a verifier with that expectation does; raises what it refuses with."""
    verify_evidence(
        evidence, binding=binding, policy=owner.policy(), pcr15=Unbound(), at=clock.now()
    )


def fresh() -> Binding:
    """The binder of a session that begins now."""
    return Binding(clock.random_bytes(BINDING_SIZE))


def evidence_over_nothing(machine: LabMachine) -> Evidence:
    """Evidence whose report data are zeros: hardware signs whatever it is asked to."""
    with pytest.MonkeyPatch.context() as patch:
        twins.load("A04").apply(patch)
        return machine.prover.evidence(Binding(ZEROS))


@pytest.mark.parametrize(
    "nothing",
    [b"", None, ZEROS, b"\xff" * BINDING_SIZE, b"\1" * 32, bytearray(range(64)), "x" * 64],
)
@pytest.mark.attack("A04", refused="ATT-001")
def test_an_expectation_that_says_nothing_cannot_be_made(nothing: bytes) -> None:
    """A04: whatever is no 64 bytes, or all one byte, is refused before anything is verified."""
    with refused("ATT-001"):
        Binding(nothing)


@pytest.mark.attack("A04", refused="ATT-002")
def test_evidence_over_zeros_is_refused(owner: LabOwner, machine: LabMachine) -> None:
    """A04: report data of zeros are no wildcard."""
    evidence = evidence_over_nothing(machine)
    with refused("ATT-002"):
        verify(owner, evidence, fresh())


@pytest.mark.attack("A04", refused="TLS-027")
def test_a_verifier_without_a_policy_refuses_everybody(
    owner: LabOwner, machine: LabMachine
) -> None:
    """A04: an owner's side that was given nothing to compare with does not skip the comparison."""
    with refused("TLS-027"):
        meet(owners_side(owner, StandardVerifier()), machines_side(owner, machine.prover))


@pytest.mark.twin("A04")
def test_twin_of_an_empty_expectation(
    owner: LabOwner, machine: LabMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A04: where zeros are an expectation like any other, evidence over zeros fits it for ever."""
    evidence = evidence_over_nothing(machine)
    twins.load("A04").apply(monkeypatch)
    verify(owner, evidence, Binding(ZEROS))


@pytest.mark.attack("A05", refused="ATT-002")
def test_evidence_over_anything_else_is_refused(owner: LabOwner, machine: LabMachine) -> None:
    """A05: both signed parts are compared with what the verifier expects."""
    evidence = machine.prover.evidence(fresh())
    with refused("ATT-002") as mismatches:
        verify(owner, evidence, fresh())
    claims = {mismatch.claim for mismatch in mismatches}
    assert claims == {"SNP report data", "quote qualifying data"}


@pytest.mark.twin("A05")
def test_twin_of_evidence_over_anything_else(
    owner: LabOwner, machine: LabMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A05: an expectation that is computed and compared with nothing fits every evidence."""
    evidence = machine.prover.evidence(fresh())
    twins.load("A05").apply(monkeypatch)
    verify(owner, evidence, fresh())


def spliced(machine: LabMachine, binding: Binding, *, old: str) -> Evidence:
    """Evidence for `binding` with one part of it, `snp` or `tpm`, from an earlier time."""
    before, now = machine.prover.evidence(fresh()), machine.prover.evidence(binding)
    getattr(now, old).CopyFrom(getattr(before, old))
    return now


@pytest.mark.parametrize("old", ["snp", "tpm"])
@pytest.mark.attack("A06", refused="ATT-002")
def test_old_evidence_beside_a_fresh_binder_is_refused(
    owner: LabOwner, machine: LabMachine, old: str
) -> None:
    """A06: the binder lies inside both signed parts, so neither can be of another time."""
    binding = fresh()
    with refused("ATT-002"):
        verify(owner, spliced(machine, binding, old=old), binding)


@pytest.mark.twin("A06")
def test_twin_of_old_evidence_beside_a_fresh_binder(
    owner: LabOwner, machine: LabMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A06: a verifier that finds the binder in the report alone takes registers of any time."""
    binding = fresh()
    twins.load("A06").apply(monkeypatch)
    verify(owner, spliced(machine, binding, old="tpm"), binding)
