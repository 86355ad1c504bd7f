"""T01: a TPM that was reset under a running machine proves nothing any more."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from asterism import clock
from asterism.attestation.binding import Binding
from asterism.attestation.pcr15 import Bound
from asterism.attestation.verify import verify_evidence
from asterism.e2e import twins
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.tpm_reset import reset
from asterism.e2e.waiting import eventually
from asterism.errors import AttestationError

pytestmark = pytest.mark.tools

CLUSTER = bytes(range(32))
CLOCK_TIMEOUT = 10.0
"""A TPM that lost its power calls its clock unsafe for some seconds (ATT-207)."""


def prove(owner: LabOwner, machine: LabMachine) -> bytes:
    """Show fresh evidence as a member; its event log. Raises what machine or verifier raise."""
    binding = Binding(clock.random_bytes(64))
    evidence = machine.prover.evidence(binding)
    verify_evidence(
        evidence, binding=binding, policy=owner.policy(), pcr15=Bound(CLUSTER), at=clock.now()
    )
    return evidence.tpm.event_log


@pytest.mark.attack("T01", refused="MCH-105")
def test_a_reset_tpm_is_told_whatever_was_measured_again(
    owner: LabOwner, lab_machine: LabMachine, lab_folder: Path, meddling: ExitStack
) -> None:
    """T01: the registers hold what they held before, but the TPM counts its resets."""
    lab_machine.binding.bind(CLUSTER)
    meddling.enter_context(reset(lab_folder, prove(owner, lab_machine)))
    with refused("MCH-105"):
        prove(owner, lab_machine)


@pytest.mark.twin("T01")
def test_twin_of_a_reset_tpm(
    owner: LabOwner,
    lab_machine: LabMachine,
    lab_folder: Path,
    meddling: ExitStack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """T01: where nothing remembers the count, the machine is believed."""
    twin = twins.load("T01")
    lab_machine.binding.bind(CLUSTER)
    monkeypatch.setattr(lab_machine.prover, "_life", twin.Forgetful())

    def believed() -> None:
        try:
            prove(owner, lab_machine)
        except AttestationError as exc:
            if {item.error_id for item in exc.mismatches} != {"ATT-207"}:
                raise
            msg = "its clock is not safe yet"
            raise AssertionError(msg) from exc

    meddling.enter_context(reset(lab_folder, prove(owner, lab_machine)))
    eventually(believed, within=CLOCK_TIMEOUT)
