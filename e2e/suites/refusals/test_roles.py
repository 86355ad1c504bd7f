"""Proofs that are genuine and fresh, but the other side's, or made for another purpose."""

import socket
from collections.abc import Callable

import pytest

from asterism.atls.binder import report_data
from asterism.atls.certificate import OneTimeIdentity
from asterism.atls.messages import FrameReader, encode
from asterism.atls.purpose import Purpose, Role
from asterism.atls.session import Session
from asterism.atls.stream import RECORD_SIZE, Deadline, TlsStream
from asterism.attestation.binding import Binding
from asterism.attestation.grant import Role as GrantRole
from asterism.e2e import twins
from asterism.e2e.lab.attackers import Intruder
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.sides import members_side
from asterism.e2e.lab.starting import PowerOn
from asterism.e2e.lab.wire import TIMEOUT, Party, aside
from asterism.proto.session.v1.session_pb2 import Hello, Proof

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]

CLUSTER = b"\x05" + bytes(31)
Attack = Callable[[Intruder], str]


@pytest.fixture
def member(owner: LabOwner, power_on: PowerOn) -> LabMachine:
    """The control plane of a running cluster."""
    machine = power_on(owner)
    machine.binding.bind(CLUSTER)
    return machine


@pytest.fixture
def worker(owner: LabOwner, power_on: PowerOn) -> LabMachine:
    """A genuine machine that has not joined yet, and carries a pod that means ill."""
    return power_on(owner, "lab-worker-1", GrantRole.WORKER)


def intrude(victim: Party, purpose: Purpose, attack: Attack) -> Session:
    """The session that the victim takes `attack` for; raises what the victim refuses it with.

    `attack` gives the ID that the intruder was told.
    """
    ours, theirs = socket.socketpair()
    answered = aside(lambda: victim.accept(theirs, purpose))
    told = attack(Intruder(ours, purpose))
    error = answered.exception(TIMEOUT)
    assert bool(told) is (error is not None)
    return answered.result()


def mirror(member: LabMachine) -> Attack:
    """Shows a machine what it has just shown."""

    def attack(intruder: Intruder) -> str:
        return intruder.show(intruder.ask_for_proof(member.prover.ak_name))

    return attack


@pytest.mark.attack("A08", refused="ATT-002")
def test_a_proof_sent_back_is_refused(owner: LabOwner, member: LabMachine) -> None:
    """A08: a member's own evidence is no evidence of another member."""
    with refused("ATT-002"):
        intrude(members_side(owner, member), Purpose.REJOIN, mirror(member))


@pytest.mark.twin("A08")
def test_twin_of_a_proof_sent_back(
    owner: LabOwner, member: LabMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A08: where both sides' binders are the same, a machine takes its mirror for a member."""
    twins.load("A08").apply(monkeypatch)
    session = intrude(members_side(owner, member), Purpose.REJOIN, mirror(member))
    assert session.claims.node.ak_name == member.prover.ak_name
    session.close()


Answer = Callable[[Hello], Hello]


def answering(end: socket.socket, answer: Answer) -> None:
    """Answer a dialler's hello with what `answer` makes of it."""
    stream = TlsStream(end, Role.LISTENER, OneTimeIdentity.generate())
    stream.handshake(Deadline(TIMEOUT))
    reader, buffer = FrameReader(), bytearray(RECORD_SIZE)
    reader.feed(bytes(buffer[: stream.recv_into(buffer, Deadline(TIMEOUT))]))
    said = reader.next_message()
    assert isinstance(said, Hello)
    stream.send(encode(answer(said)), Deadline(TIMEOUT))
    stream.end(TIMEOUT)


def as_it_came(hello: Hello) -> Hello:
    """An echo."""
    return hello


def in_the_other_role(hello: Hello) -> Hello:
    """An echo that corrects the role."""
    hello.role = Role.LISTENER.value  # type: ignore[assignment]  # generated enums are integers
    return hello


@pytest.mark.parametrize(
    ("answer", "error_id"),
    [
        pytest.param(as_it_came, "TLS-020", marks=pytest.mark.attack("A08", refused="TLS-020")),
        pytest.param(
            in_the_other_role, "TLS-023", marks=pytest.mark.attack("A08", refused="TLS-023")
        ),
    ],
)
def test_a_hello_sent_back_is_refused(
    owner: LabOwner, member: LabMachine, answer: Answer, error_id: str
) -> None:
    """A08: it names the wrong role, or the nonce is the one that was sent."""
    ours, theirs = socket.socketpair()
    echoing = aside(lambda: answering(theirs, answer))
    with refused(error_id):
        members_side(owner, member).dial(ours, Purpose.REJOIN)
    echoing.result(TIMEOUT)


def evidence_factory(pod: LabMachine, purpose: Purpose) -> Attack:
    """A pod on a genuine machine has it sign the challenge of a join, but for another purpose.

    It knows everything that goes into the binder: it holds the session itself.
    """

    def attack(intruder: Intruder) -> str:
        intruder.ask_for_proof(pod.prover.ak_name)
        value = report_data(
            purpose=purpose,
            role=Role.DIALLER,
            keys=intruder.keys,
            dialler_nonce=intruder.own_nonce,
            listener_nonce=intruder.handshake.peer_hello().nonce,
            ak_name=pod.prover.ak_name,
        )
        return intruder.show(Proof(evidence=pod.prover.evidence(Binding(value))))

    return attack


@pytest.mark.attack("A16", refused="ATT-002")
def test_evidence_for_another_purpose_is_refused(
    owner: LabOwner, member: LabMachine, worker: LabMachine
) -> None:
    """A16: what a machine shows to whoever asks it for `verify` is of no use in a join."""
    victim = members_side(owner, member, announces=True)
    with refused("ATT-002"):
        intrude(victim, Purpose.JOIN, evidence_factory(worker, Purpose.VERIFY))


@pytest.mark.twin("A16")
def test_twin_of_evidence_for_another_purpose(
    owner: LabOwner, member: LabMachine, worker: LabMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A16: where binders do not say what they are for, the pod joins as the machine."""
    twins.load("A16").apply(monkeypatch)
    victim = members_side(owner, member, announces=True)
    session = intrude(victim, Purpose.JOIN, evidence_factory(worker, Purpose.VERIFY))
    assert session.claims.node.grant.slot == "lab-worker-1"
    session.close()
