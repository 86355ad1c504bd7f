"""The state machine alone: any order of calls and messages, no network."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from asterism.atls.binder import ChannelKeys
from asterism.atls.events import HelloReceived, PeerAccepted, PeerRefused, ProofReceived
from asterism.atls.handshake import Handshake
from asterism.atls.messages import encode
from asterism.atls.purpose import Purpose, Role
from asterism.errors import (
    AttestationError,
    Error,
    LocalProtocolError,
    RemoteProtocolError,
)
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.proto.session.v1.session_pb2 import Anonymous, Hello, OwnerProof, Proof, Verdict

KEYS = ChannelKeys(b"dialler", b"listener", b"e" * 32)
AK = b"a" * 34
EVIDENCE = Proof(evidence=Evidence(initdata=b"i"))
NONCES = {Role.DIALLER: b"d" * 32, Role.LISTENER: b"l" * 32}


def side(role: Role, *purposes: Purpose) -> Handshake:
    """A fresh side."""
    return Handshake(role, purposes or (Purpose.MESH,), KEYS)


def hello_of(machine: Handshake, role: Role, purpose: Purpose = Purpose.MESH) -> bytes:
    """Its hello."""
    return machine.hello(purpose, nonce=NONCES[role], ak_name=AK)


def peer_hello(sender: Role, **changes: Any) -> bytes:
    """A peer's hello, right but for `changes`."""
    fields = {
        "version": 1,
        "purpose": "mesh",
        "role": sender.value,
        "nonce": NONCES[sender],
        "ak_name": AK,
    }
    return encode(Hello(**{**fields, **changes}))


def advanced(steps: int) -> tuple[Handshake, Handshake]:
    """Two honest sides after so many of their six steps."""
    dialler, listener = side(Role.DIALLER), side(Role.LISTENER)
    moves: list[Callable[[], Any]] = [
        lambda: listener.receive(hello_of(dialler, Role.DIALLER)),
        lambda: dialler.receive(hello_of(listener, Role.LISTENER)),
        lambda: dialler.receive(listener.proof(EVIDENCE)),
        lambda: listener.receive(dialler.proof(EVIDENCE)),
        lambda: listener.receive(dialler.accept()),
        lambda: dialler.receive(listener.accept()),
    ]
    for move in moves[:steps]:
        move()
    return dialler, listener


def test_two_honest_sides_complete() -> None:
    """With one purpose, equal binders seen from both sides, and different ones for the roles."""
    dialler, listener = advanced(6)

    assert dialler.complete
    assert listener.complete
    assert dialler.purpose is listener.purpose is Purpose.MESH
    for role in Role:
        assert dialler.binding(role) == listener.binding(role)
    assert dialler.binding(Role.DIALLER) != dialler.binding(Role.LISTENER)


def test_events_say_what_came() -> None:
    """One event for each message, also when they come together."""
    dialler, _ = advanced(1)
    frames = peer_hello(Role.LISTENER) + encode(EVIDENCE)
    assert [type(event) for event in dialler.receive(frames)] == [HelloReceived, ProofReceived]
    assert dialler.receive(encode(Verdict(error_id="ATT-001"))) == [PeerRefused("ATT-001")]


def test_data_may_follow_the_last_verdict() -> None:
    """It belongs to the application."""
    dialler, listener = advanced(5)
    assert dialler.receive(listener.accept() + b"data") == [PeerAccepted()]
    assert dialler.rest == b"data"


@pytest.mark.parametrize("steps", range(6))
def test_data_before_both_verdicts_is_refused(steps: int) -> None:
    """Not even one byte behind an early verdict."""
    dialler, _ = advanced(steps)
    with pytest.raises(LocalProtocolError, match="TLS-001"):
        _ = dialler.rest


def test_data_before_our_verdict_is_refused() -> None:
    """The peer accepted us and goes on although we have not accepted it."""
    _, listener = advanced(4)
    with pytest.raises(RemoteProtocolError, match="TLS-012"):
        listener.receive(encode(Verdict()) + b"data")


@pytest.mark.parametrize(
    ("changes", "error_id"),
    [
        ({"version": 2}, "TLS-013"),
        ({"version": 0}, "TLS-013"),
        ({"role": Role.LISTENER.value}, "TLS-020"),
        ({"role": 0}, "TLS-020"),
        ({"purpose": "admin", "ak_name": b""}, "TLS-021"),
        ({"purpose": "meshx"}, "TLS-021"),
        ({"purpose": ""}, "TLS-021"),
        ({"nonce": b""}, "TLS-023"),
        ({"nonce": b"n" * 31}, "TLS-023"),
        ({"nonce": b"n" * 33}, "TLS-023"),
        ({"ak_name": b""}, "TLS-024"),
        ({"ak_name": b"a" * 35}, "TLS-024"),
        ({"cluster_id": b"c" * 32}, "TLS-024"),
    ],
)
def test_a_wrong_hello_is_refused_with_its_id(changes: dict[str, Any], error_id: str) -> None:
    """Each field of it."""
    with pytest.raises(Error) as caught:
        side(Role.LISTENER).receive(peer_hello(Role.DIALLER, **changes))
    assert caught.value.error_id == error_id


def test_a_listener_that_answers_for_another_purpose_is_refused() -> None:
    """The dialler knows what it asked for."""
    dialler, _ = advanced(1)
    with pytest.raises(AttestationError, match="TLS-022"):
        dialler.receive(peer_hello(Role.LISTENER, purpose="rejoin"))


def test_our_own_nonce_sent_back_is_refused() -> None:
    """A listener that has no nonce of its own is no listener."""
    dialler, _ = advanced(1)
    with pytest.raises(AttestationError, match="TLS-023"):
        dialler.receive(peer_hello(Role.LISTENER, nonce=NONCES[Role.DIALLER]))


@pytest.mark.parametrize(
    "proof", [Proof(), Proof(anonymous=Anonymous()), Proof(owner=OwnerProof(public_key=b"k"))]
)
def test_a_wrong_kind_of_proof_is_refused(proof: Proof) -> None:
    """Mesh wants evidence; nothing at all is no proof either."""
    _, listener = advanced(3)
    with pytest.raises(AttestationError, match="TLS-024"):
        listener.receive(encode(proof))


@pytest.mark.parametrize(
    ("steps", "frame"),
    [
        (0, encode(EVIDENCE)),
        (0, encode(Verdict())),
        (1, peer_hello(Role.DIALLER)),
        (1, encode(EVIDENCE)),
        (1, encode(Verdict())),
        (2, encode(Verdict())),
        (4, encode(EVIDENCE)),
        (4, peer_hello(Role.DIALLER)),
    ],
)
def test_a_message_out_of_order_is_refused(steps: int, frame: bytes) -> None:
    """For a listener at each point of the protocol."""
    _, listener = advanced(steps)
    with pytest.raises(RemoteProtocolError, match="TLS-012"):
        listener.receive(frame)


def test_a_listener_that_speaks_first_is_refused() -> None:
    """The dialler chooses the purpose."""
    with pytest.raises(RemoteProtocolError, match="TLS-012"):
        side(Role.DIALLER).receive(peer_hello(Role.LISTENER))


MOVES: dict[str, Callable[[Handshake], Any]] = {
    "hello": lambda machine: hello_of(machine, Role.LISTENER),
    "proof": lambda machine: machine.proof(EVIDENCE),
    "accept": lambda machine: machine.accept(),
    "binding": lambda machine: machine.binding(Role.LISTENER),
}


@pytest.mark.parametrize(
    ("steps", "possible"),
    [
        (0, set()),
        (1, {"hello"}),
        (2, {"proof", "binding"}),
        (3, {"binding"}),
        (4, {"accept", "binding"}),
        (5, {"accept", "binding"}),
        (6, {"binding"}),
    ],
)
def test_our_own_wrong_order_is_our_error(steps: int, possible: set[str]) -> None:
    """What a listener may do at each point of the protocol, and nothing else."""
    for name, move in MOVES.items():
        _, listener = advanced(steps)
        if name in possible:
            move(listener)
        else:
            with pytest.raises(LocalProtocolError, match="TLS-001"):
                move(listener)


def test_after_an_error_of_the_peer_nothing_goes_on() -> None:
    """What follows a broken message is not listened to."""
    _, listener = advanced(3)
    with pytest.raises(RemoteProtocolError):
        listener.receive(encode(Verdict()))
    with pytest.raises(RemoteProtocolError):
        listener.receive(encode(EVIDENCE))
    with pytest.raises(LocalProtocolError):
        listener.accept()
    assert listener.refuse("TLS-012")


def test_a_dialler_asks_for_one_purpose() -> None:
    """More would leave the choice to the listener."""
    with pytest.raises(LocalProtocolError):
        side(Role.DIALLER, Purpose.MESH, Purpose.JOIN)


def test_no_refusal_after_acceptance() -> None:
    """A verdict is a verdict; and a refusal needs an ID."""
    dialler, listener = advanced(5)
    with pytest.raises(LocalProtocolError):
        dialler.refuse("ATT-001")
    with pytest.raises(LocalProtocolError):
        listener.refuse("")


def test_after_a_refusal_nothing_goes_on() -> None:
    """Neither side can complete."""
    dialler, listener = advanced(4)
    assert dialler.receive(listener.refuse("ATT-001")) == [PeerRefused("ATT-001")]
    with pytest.raises(LocalProtocolError):
        dialler.accept()
    assert not dialler.complete
    assert not listener.complete


FRAMES = st.sampled_from(
    [
        peer_hello(Role.DIALLER),
        peer_hello(Role.LISTENER),
        peer_hello(Role.DIALLER, purpose="join"),
        encode(EVIDENCE),
        encode(Proof(anonymous=Anonymous())),
        encode(Verdict()),
        encode(Verdict(error_id="ATT-001")),
        b"\0\0\0\1\7",
        b"junk",
        b"",
    ]
)


class AnyOrder(RuleBasedStateMachine):
    """A side that is driven, and spoken to, in any order whatever."""

    @initialize(role=st.sampled_from(Role))
    def begin(self, role: Role) -> None:
        self.role = role
        self.machine = side(role)
        self.accepted = False
        self.proven = False

    def attempt(self, move: Callable[[], Any]) -> Any:
        """Only our errors may come out."""
        try:
            return move()
        except (LocalProtocolError, RemoteProtocolError, AttestationError):
            return None

    @rule()
    def say_hello(self) -> None:
        self.attempt(lambda: hello_of(self.machine, self.role))

    @rule()
    def prove(self) -> None:
        self.attempt(lambda: self.machine.proof(EVIDENCE))

    @rule()
    def accept(self) -> None:
        if self.attempt(self.machine.accept) is not None:
            self.accepted = True

    @rule()
    def refuse(self) -> None:
        self.attempt(lambda: self.machine.refuse("ATT-001"))

    @rule(frames=st.lists(FRAMES, min_size=1, max_size=3))
    def hear(self, frames: list[bytes]) -> None:
        events = self.attempt(lambda: self.machine.receive(b"".join(frames))) or []
        self.proven |= any(isinstance(event, ProofReceived) for event in events)

    @invariant()
    def complete_only_after_both_proofs_and_verdicts(self) -> None:
        if hasattr(self, "machine") and self.machine.complete:
            assert self.accepted
            assert self.proven


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=15, deadline=None)


@given(st.binary(max_size=200), st.integers(0, 5), st.sampled_from(Role))
def test_random_bytes_raise_only_our_errors(data: bytes, steps: int, role: Role) -> None:
    """At every point of the protocol."""
    machine = advanced(steps)[0 if role is Role.DIALLER else 1]
    try:
        machine.receive(data)
    except (RemoteProtocolError, AttestationError):
        assert not machine.complete
