"""One grant, two machines: the trust service's rule on real evidence of both."""

from ipaddress import IPv4Address

import pytest

from asterism import clock
from asterism.attestation.binding import Binding
from asterism.attestation.claims import NodeClaims
from asterism.attestation.grant import Role
from asterism.attestation.pcr15 import Unbound
from asterism.attestation.verify import verify_evidence
from asterism.bootstrapper.trust.admission import admit, applicant_of
from asterism.bootstrapper.trust.ledger import Ledger
from asterism.e2e import twins
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.owner import CLUSTER, LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.starting import PowerOn

pytestmark = pytest.mark.tools

SLOT = "lab-worker-1"
Pair = tuple[NodeClaims, NodeClaims]


def claims_of(owner: LabOwner, machine: LabMachine) -> NodeClaims:
    """What the machine's evidence proves."""
    binding = Binding(clock.random_bytes(64))
    evidence = machine.prover.evidence(binding)
    return verify_evidence(
        evidence, binding=binding, policy=owner.policy(), pcr15=Unbound(), at=clock.now()
    )


@pytest.fixture
def original_and_copy(owner: LabOwner, power_on: PowerOn) -> Pair:
    """Two machines that a host started with the same initdata, so with the same grant."""
    machines = [power_on(owner, SLOT, Role.WORKER) for _ in range(2)]
    first, second = (claims_of(owner, machine) for machine in machines)
    return first, second


def admitted(owner: LabOwner, ledger: Ledger, claims: NodeClaims) -> Ledger:
    """The ledger after this machine's join."""
    applicant = applicant_of(
        claims,
        owners=[owner.key.public],
        underlay_address=IPv4Address("10.210.0.21"),
        attest_port=9443,
    )
    return admit(ledger, applicant, cluster=CLUSTER, roles=[Role.WORKER])[0]


@pytest.mark.attack("J09", refused="JOI-004")
def test_a_grant_used_twice_is_refused(owner: LabOwner, original_and_copy: Pair) -> None:
    """J09: the second machine is refused, and the first one keeps its place."""
    original, copy = original_and_copy
    ledger = admitted(owner, Ledger(b"\1" * 32, owner.nonce), original)
    with refused("JOI-004"):
        admitted(owner, ledger, copy)
    assert admitted(owner, ledger, original) == ledger


@pytest.mark.twin("J09")
def test_twin_of_a_grant_used_twice(
    owner: LabOwner, original_and_copy: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J09: without the rule the copy takes the original's place."""
    original, copy = original_and_copy
    ledger = admitted(owner, Ledger(b"\1" * 32, owner.nonce), original)
    twins.load("J09").apply(monkeypatch)
    assert admitted(owner, ledger, copy) != ledger
