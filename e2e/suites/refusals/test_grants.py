"""J07, J09, J12: who gets a place by a grant; the trust service's rules on real evidence."""

from ipaddress import IPv4Address

import pytest

from asterism.attestation.binding import Binding
from asterism.attestation.claims import NodeClaims
from asterism.attestation.grant import Role
from asterism.bootstrapper.trust.admission import admit, applicant_of
from asterism.bootstrapper.trust.ledger import Ledger
from asterism.e2e import twins
from asterism.e2e.lab.altered import Altered
from asterism.e2e.lab.machine import Image, LabMachine
from asterism.e2e.lab.opening import shown_by, verified
from asterism.e2e.lab.owner import CLUSTER, LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.starting import PowerOn
from asterism.machine.makers.store import MakerStore
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.proto.trust.v1.trust_pb2 import JoinRequest

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]

SLOT = "lab-worker-1"
Pair = tuple[NodeClaims, NodeClaims]


@pytest.fixture
def original_and_copy(owner: LabOwner, power_on: PowerOn) -> Pair:
    """Two machines that a host started with the same initdata, so with the same grant."""
    machines = [power_on(owner, SLOT, Role.WORKER) for _ in range(2)]
    first, second = (verified(owner, machine.prover) for machine in machines)
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


@pytest.fixture
def honest(owner: LabOwner, power_on: PowerOn) -> LabMachine:
    """The machine for which the owner made the grant; it is a little late."""
    return power_on(owner, SLOT, Role.WORKER)


@pytest.fixture
def first_comer(owner: LabOwner, strangers: MakerStore, power_on: PowerOn) -> Altered:
    """With the grant it took from the host: right chip and image, and a TPM of its own making."""
    machine = power_on(owner, SLOT, Role.WORKER)
    own_tpm, _ = shown_by(power_on(owner, SLOT, Role.WORKER, makers=strangers).prover)

    def show_own_tpm(evidence: Evidence, _binding: Binding) -> None:
        evidence.tpm.ek_certificate = own_tpm.tpm.ek_certificate

    return Altered(machine, show_own_tpm)


def empty(owner: LabOwner) -> Ledger:
    """The ledger of a cluster that nobody has joined."""
    return Ledger(b"\1" * 32, owner.nonce)


@pytest.mark.attack("J07", refused="ATT-212")
def test_whoever_comes_first_with_a_tpm_of_an_unknown_maker_is_refused(
    owner: LabOwner, first_comer: Altered, honest: LabMachine
) -> None:
    """J07: coming first gives no right; the place stays free for the machine it was made for."""
    ledger = empty(owner)
    with refused("ATT-212"):
        admitted(owner, ledger, verified(owner, first_comer))
    assert admitted(owner, ledger, verified(owner, honest.prover)).by_name(SLOT)


@pytest.mark.attack("J07", refused=("ATT-103", "ATT-212"))
def test_whoever_comes_first_with_other_hardware_or_software_is_refused(
    owner: LabOwner, strangers: MakerStore, power_on: PowerOn, honest: LabMachine
) -> None:
    """J07: a machine of other makers, the same behind a genuine chip, another image."""
    ledger = empty(owner)
    with refused("ATT-103"):
        foreign = power_on(owner, SLOT, Role.WORKER, makers=strangers)
        admitted(owner, ledger, verified(owner, foreign.prover))
    with refused("ATT-212"):
        admitted(owner, ledger, verified(owner, behind_a_genuine_chip(foreign, honest)))
    with refused("ATT-110", "ATT-210"):
        changed = power_on(owner, SLOT, Role.WORKER, image=Image("an image of the attacker's"))
        admitted(owner, ledger, verified(owner, changed.prover))
    assert admitted(owner, ledger, verified(owner, honest.prover)).by_name(SLOT)


def behind_a_genuine_chip(foreign: LabMachine, genuine: LabMachine) -> Altered:
    """The foreign machine's TPM beside the genuine machine's report."""

    def show_genuine_chip(evidence: Evidence, binding: Binding) -> None:
        evidence.snp.CopyFrom(genuine.prover.evidence(binding).snp)

    return Altered(foreign, show_genuine_chip)


@pytest.mark.twin("J07")
def test_twin_of_the_first_comer(
    owner: LabOwner, first_comer: Altered, honest: LabMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J07: with trust on first use it has the place, and the honest machine is turned away."""
    twins.load("J07").apply(monkeypatch)
    ledger = admitted(owner, empty(owner), verified(owner, first_comer))
    with refused("JOI-004"):
        admitted(owner, ledger, verified(owner, honest.prover))


@pytest.mark.attack("J12", refused="JOI-006")
def test_a_control_plane_is_admitted_by_nobodys_wish(owner: LabOwner, power_on: PowerOn) -> None:
    """J12: the role is the grant's, and joining gives no grant's holder the authorities."""
    machine = power_on(owner, "lab-cp-2", Role.CONTROL_PLANE)
    with refused("JOI-006"):
        admitted(owner, empty(owner), verified(owner, machine.prover))


def test_what_a_worker_is_given_is_the_role_of_its_grant(
    owner: LabOwner, honest: LabMachine
) -> None:
    """J12: a request cannot even name a role."""
    member = admitted(owner, empty(owner), verified(owner, honest.prover)).by_name(SLOT)
    assert member is not None
    assert member.assignment.role is Role.WORKER
    assert "role" not in JoinRequest.DESCRIPTOR.fields_by_name
