"""Machines that are not what the owner wants: each refusal, and the twin that lets it pass."""

from dataclasses import replace

import pytest

from asterism.attestation.grant import Grant, Role
from asterism.cluster.machine_verifier import MachineVerifier
from asterism.e2e import twins
from asterism.e2e.lab.machine import Image, LabMachine
from asterism.e2e.lab.opening import open_init, open_with
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.starting import PowerOn
from asterism.keys import canonical
from asterism.machine.makers.store import MakerStore
from asterism.machine.processors.snp_report import GuestPolicy

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]

OTHER_IMAGE = Image("an image that nobody asked for")


def test_the_machine_that_the_owner_wants_is_accepted(owner: LabOwner, power_on: PowerOn) -> None:
    """Without an attack there is no refusal."""
    open_init(owner, power_on(owner).prover)


@pytest.mark.attack("V13", refused="ATT-103")
def test_hardware_of_an_unknown_root_is_refused(
    owner: LabOwner, strangers: MakerStore, power_on: PowerOn
) -> None:
    """V13: a genuine report under a root that the owner's policy does not pin."""
    with refused("ATT-103"):
        open_init(owner, power_on(owner, makers=strangers).prover)


@pytest.mark.twin("V13")
def test_twin_of_an_unknown_root(owner: LabOwner, strangers: MakerStore, power_on: PowerOn) -> None:
    """V13: with the host's anchors in the policy the same machine is believed."""
    policy = twins.load("V13").policy(owner, strangers)
    open_init(owner, power_on(owner, makers=strangers).prover, policy)


@pytest.mark.attack("V08", refused="ATT-112")
def test_a_debug_guest_is_refused(owner: LabOwner, power_on: PowerOn) -> None:
    """V08: the host may read the memory of a guest that was launched with the debug flag."""
    with refused("ATT-112"):
        open_init(owner, power_on(owner, guest_policy=GuestPolicy(debug=True)).prover)


@pytest.mark.twin("V08")
def test_twin_of_a_debug_guest(owner: LabOwner, power_on: PowerOn) -> None:
    """V08: a policy that allows debugging lets it in."""
    policy = twins.load("V08").policy(owner)
    open_init(owner, power_on(owner, guest_policy=GuestPolicy(debug=True)).prover, policy)


@pytest.mark.attack("J01", refused=("ATT-110", "ATT-210"))
def test_another_image_is_refused(owner: LabOwner, power_on: PowerOn) -> None:
    """J01: the launch digest and every register of the boot differ, and all are named."""
    with refused("ATT-110", "ATT-210"):
        open_init(owner, power_on(owner, image=OTHER_IMAGE).prover)


@pytest.mark.twin("J01")
def test_twin_of_another_image(owner: LabOwner, power_on: PowerOn) -> None:
    """J01: a policy with that image's values accepts it."""
    policy = twins.load("J01").policy(owner, OTHER_IMAGE)
    open_init(owner, power_on(owner, image=OTHER_IMAGE).prover, policy)


def promoted(owner: LabOwner) -> bytes:
    """A worker's initdata with the role in its grant changed; the hardware measures it as it is."""
    initdata = owner.initdata("lab-cp-1", Role.WORKER)
    payload = canonical.decode_object(initdata.grant.payload_bytes) | {"role": "control-plane"}
    grant = replace(initdata.grant, payload_bytes=canonical.encode(payload))
    return replace(initdata, grant=grant).encode()


@pytest.mark.attack("J12", refused="DOC-006")
def test_a_worker_grant_made_into_a_control_planes_is_refused(
    owner: LabOwner, power_on: PowerOn
) -> None:
    """J12: initdata and HOST_DATA are changed together, but the owner's signature does not fit."""
    with refused("DOC-006"):
        open_init(owner, power_on(owner, initdata=promoted(owner)).prover)


@pytest.mark.twin("J12")
def test_twin_of_a_worker_grant_made_into_a_control_planes(
    owner: LabOwner, power_on: PowerOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J12: without the check of signatures the worker is a control plane."""
    machine = power_on(owner, initdata=promoted(owner))
    twins.load("J12").apply(monkeypatch)
    open_init(owner, machine.prover)


@pytest.fixture
def worker(owner: LabOwner, power_on: PowerOn) -> LabMachine:
    """A genuine worker of the very cluster, where the owner expects its control plane."""
    return power_on(owner, "lab-worker-1", Role.WORKER)


@pytest.mark.attack("A03", refused="CLU-015")
def test_a_worker_in_the_place_of_a_control_plane_is_refused(
    owner: LabOwner, worker: LabMachine
) -> None:
    """A03: the host leads the owner to another genuine machine of the same cluster."""
    expected = owner.initdata("lab-cp-1", Role.CONTROL_PLANE)
    verifier = MachineVerifier(
        policy=owner.policy(),
        cluster_id=None,
        slot=Grant.open(expected.grant, [owner.key.public]).slot,
        initdata_digest=owner.digest(expected),
    )
    with refused("CLU-015"):
        open_with(owner, verifier, worker.prover)


@pytest.mark.twin("A03")
def test_twin_of_a_worker_in_the_place_of_a_control_plane(
    owner: LabOwner, worker: LabMachine
) -> None:
    """A03: a verifier that asks for any machine of the cluster takes it."""
    open_with(owner, twins.load("A03").verifier(owner), worker.prover)
