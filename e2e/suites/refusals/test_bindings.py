"""J08: a machine that was given to one cluster, and is led to another."""

import pytest

from asterism.attestation.grant import Role
from asterism.attestation.pcr15 import Bound, UnboundOr
from asterism.e2e import twins
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.opening import open_init, verified
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.starting import PowerOn
from asterism.keys.genesis import cluster_event_digest
from asterism.tpm import commands

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]

FIRST = b"\x0a" + bytes(31)
SECOND = b"\x0b" + bytes(31)
JOIN = UnboundOr(SECOND)
"""What the second cluster demands of whoever joins it."""


@pytest.fixture
def machine(owner: LabOwner, power_on: PowerOn) -> LabMachine:
    """A worker of the first cluster; both clusters are of one owner and one image."""
    found = power_on(owner, "lab-worker-1", Role.WORKER)
    found.binding.bind(FIRST)
    return found


@pytest.mark.attack("J08", refused="ATT-211")
def test_a_machine_of_another_cluster_cannot_join(owner: LabOwner, machine: LabMachine) -> None:
    """J08: it has learned of the first cluster what the second one's owner may not know."""
    with refused("ATT-211"):
        verified(owner, machine.prover, pcr15=JOIN)


@pytest.mark.attack("J08", refused="ATT-211")
def test_a_machine_of_another_cluster_cannot_begin_one(
    owner: LabOwner, machine: LabMachine
) -> None:
    """J08: nor be its first control plane."""
    with refused("ATT-211"):
        open_init(owner, machine.prover)


@pytest.mark.attack("J08", refused=("JOI-504", "ATT-211"))
def test_a_binding_cannot_be_taken_back(owner: LabOwner, machine: LabMachine) -> None:
    """J08: its agent refuses a second one; extended all the same, it is in neither cluster."""
    with refused("JOI-504"):
        machine.binding.bind(SECOND)
    commands.pcr_extend(machine.tpm, 15, cluster_event_digest(SECOND))
    for rule in (JOIN, Bound(FIRST), Bound(SECOND)):
        with refused("ATT-211"):
            verified(owner, machine.prover, pcr15=rule)


@pytest.mark.twin("J08")
def test_twin_of_a_machine_of_another_cluster(
    owner: LabOwner, machine: LabMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J08: a verifier that does not look at PCR 15 takes it for a member."""
    twins.load("J08").apply(monkeypatch)
    assert verified(owner, machine.prover, pcr15=JOIN).cluster_id == SECOND
