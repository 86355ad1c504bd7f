"""Attackers between owner and machine: each refusal, and the twin that lets the attack through."""

import socket

import pytest

from asterism.atls.certificate import OneTimeIdentity
from asterism.atls.messages import Message
from asterism.atls.prover import AnonymousProver
from asterism.atls.purpose import Purpose
from asterism.atls.session import Session
from asterism.atls.verifier import StandardVerifier
from asterism.e2e import twins
from asterism.e2e.lab.attackers import Impostor, ManInTheMiddle
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.sides import Recorder, machines_side, owners_side, recorded
from asterism.e2e.lab.starting import PowerOn
from asterism.e2e.lab.wire import Party, aside, meet
from asterism.proto.session.v1.session_pb2 import Anonymous, Proof

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]


@pytest.fixture
def machine(owner: LabOwner, power_on: PowerOn) -> LabMachine:
    """The machine that the owner wants to reach."""
    return power_on(owner)


def meet_impostor(dialler: Party, impostor: Impostor) -> None:
    """A session of the owner with an impostor; raises what the owner's side raises."""
    ours, theirs = socket.socketpair()
    playing = aside(lambda: impostor.accept(theirs))
    try:
        dialler.dial(ours).close()
    finally:
        playing.result()


@pytest.mark.attack("A07", refused="ATT-002")
def test_replayed_evidence_is_refused(owner: LabOwner, machine: LabMachine) -> None:
    """A07: the proof of an earlier session between the same two is of no use in another."""
    impostor = Impostor(recorded(owner, machine), machine.prover.ak_name)
    with refused("ATT-002"):
        meet_impostor(owners_side(owner), impostor)
    assert not proofs_in(impostor.heard)


@pytest.mark.twin("A07")
def test_twin_of_replayed_evidence(owner: LabOwner, machine: LabMachine) -> None:
    """A07: a verifier that takes the binding from the evidence lets the replay through."""
    impostor = Impostor(recorded(owner, machine), machine.prover.ak_name)
    lax = twins.load("A07").LaxVerifier(owner.policy())
    with pytest.raises(Exception, match="TLS-004"):  # the impostor leaves once he has the proof
        meet_impostor(owners_side(owner, lax), impostor)
    assert proofs_in(impostor.heard), "the owner never proved himself to the impostor"


@pytest.mark.attack("A07", refused="ATT-002")
def test_evidence_for_another_session_is_refused(owner: LabOwner, machine: LabMachine) -> None:
    """A07: the attacker has the machine prove itself to him, for another owner's session."""
    stranger = LabOwner(owner.makers)
    fetched = Recorder(machine.prover)
    lax = twins.load("A07").LaxVerifier(owner.policy())
    meet(owners_side(stranger, lax), machines_side(stranger, fetched)).close()
    assert fetched.last is not None
    with refused("ATT-002"):
        meet_impostor(owners_side(owner), Impostor(fetched.last, machine.prover.ak_name))


@pytest.mark.attack("A10", refused="TLS-024")
def test_a_certificate_without_evidence_is_refused(owner: LabOwner) -> None:
    """A10: a TLS certificate alone says nothing."""
    impostor = Impostor(Proof(anonymous=Anonymous()), ak_name=bytes(34))
    with refused("TLS-024"):
        meet_impostor(owners_side(owner), impostor)
    assert not proofs_in(impostor.heard)


@pytest.mark.twin("A10")
def test_twin_of_a_certificate_without_evidence(
    owner: LabOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A10: where the rules ask nothing of the listener, anybody may listen."""
    twins.load("A10").apply(monkeypatch)
    meet(owners_side(owner), machines_side(owner, AnonymousProver())).close()


def meet_through(man: ManInTheMiddle, dialler: Party, listener: Party) -> Session:
    """A session of `dialler` with `listener`, whose bytes `man` carries."""
    victim, to_man = socket.socketpair()
    from_man, machine = socket.socketpair()
    sitting = aside(lambda: man.sit_between(to_man, from_man))
    answered = aside(lambda: listener.accept(machine))
    try:
        session = dialler.dial(victim)
        session.close()
        return session
    finally:
        answered.exception(10)
        if answered.exception() is None:
            answered.result().close()
        sitting.result(10)


@pytest.mark.attack("J11", refused="ATT-002")
def test_a_man_in_the_middle_is_refused_and_learns_nothing(
    owner: LabOwner, machine: LabMachine
) -> None:
    """J11: the canary: of all that the owner's side has, only its hello leaves it."""
    man = ManInTheMiddle()
    with refused("ATT-002"):
        meet_through(man, owners_side(owner), machines_side(owner, machine.prover))
    said = man.victim_said()
    assert [type(message).__name__ for message in said] == ["Hello", "Verdict"]
    assert owner.key.public not in man.from_victim


@pytest.mark.twin("J11")
def test_twin_of_a_man_in_the_middle(
    owner: LabOwner, machine: LabMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J11: with a binder of nonces only he sits in the session, and the canary is his."""
    twins.load("J11").apply(monkeypatch)
    man = ManInTheMiddle()
    meet_through(man, owners_side(owner), machines_side(owner, machine.prover))
    assert owner.key.public in man.from_victim


@pytest.fixture
def leaked(monkeypatch: pytest.MonkeyPatch) -> OneTimeIdentity:
    """The TLS key that both sides use in this test, in the attacker's hands too."""
    identity = OneTimeIdentity.generate()
    monkeypatch.setattr(OneTimeIdentity, "generate", lambda: identity)
    return identity


@pytest.mark.attack("A01", refused="ATT-002")
def test_a_stolen_tls_key_is_of_no_use(
    owner: LabOwner, machine: LabMachine, leaked: OneTimeIdentity
) -> None:
    """A01: with the machine's own TLS key the attacker relays its evidence, and is refused."""
    man = ManInTheMiddle(leaked)
    with refused("ATT-002"):
        meet_through(man, owners_side(owner), machines_side(owner, machine.prover))
    assert owner.key.public not in man.from_victim


@pytest.mark.twin("A01")
def test_twin_of_a_stolen_tls_key(
    owner: LabOwner,
    machine: LabMachine,
    leaked: OneTimeIdentity,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A01: with the keys but not the exporter in the binder he is believed (CVE-2026-33697)."""
    twins.load("A01").apply(monkeypatch)
    man = ManInTheMiddle(leaked)
    meet_through(man, owners_side(owner), machines_side(owner, machine.prover))
    assert owner.key.public in man.from_victim


OURS = b"\x01" + bytes(31)
THEIRS = b"\x02" + bytes(31)


def verify_session(owner: LabOwner, machine: LabMachine, pinned: bytes) -> None:
    """What `asterism cluster verify` opens: the owner has pinned the cluster's ID."""
    dialler = Party(AnonymousProver(), StandardVerifier(policy=owner.policy(), cluster_id=pinned))
    listener = Party(machine.prover, StandardVerifier())
    meet(dialler, listener, Purpose.VERIFY).close()


@pytest.mark.attack("A12", refused="ATT-211")
def test_another_genuine_cluster_is_refused(owner: LabOwner, machine: LabMachine) -> None:
    """A12: a genuine machine, with the right image, of a cluster that is not the pinned one."""
    machine.binding.bind(THEIRS)
    with refused("ATT-211"):
        verify_session(owner, machine, OURS)


@pytest.mark.twin("A12")
def test_twin_of_another_genuine_cluster(owner: LabOwner, machine: LabMachine) -> None:
    """A12: an owner who pins whatever cluster answers accepts it."""
    machine.binding.bind(THEIRS)
    verify_session(owner, machine, twins.load("A12").pinned(machine))


def proofs_in(heard: list[Message]) -> list[Message]:
    """The proofs among the messages that an impostor heard."""
    return [message for message in heard if isinstance(message, Proof)]
