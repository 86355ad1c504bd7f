"""A wire that repeats, reorders, drops and forges: no side ever takes it for a whole handshake."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import hypothesis
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from asterism.atls.binder import ChannelKeys
from asterism.atls.events import PeerRefused
from asterism.atls.handshake import Handshake
from asterism.atls.messages import encode
from asterism.atls.purpose import RULES, Pcr15, ProofKind, Purpose, Role, Side
from asterism.errors import AttestationError, LocalProtocolError, RemoteProtocolError
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.proto.session.v1.session_pb2 import Anonymous, OwnerProof, Proof, Verdict

KEYS = ChannelKeys(b"dialler's key", b"listener's key", bytes(range(32)))
NONCES = {Role.DIALLER: bytes(range(32)), Role.LISTENER: bytes(range(1, 33))}
PROOFS = {
    ProofKind.EVIDENCE: Proof(evidence=Evidence(initdata=b"x")),
    ProofKind.OWNER: Proof(owner=OwnerProof(public_key=bytes(32), signature=bytes(64))),
    ProofKind.ANONYMOUS: Proof(anonymous=Anonymous()),
}
NEVER = (AttestationError, RemoteProtocolError)
roles = st.sampled_from(Role)


@dataclass
class End:
    """One side: its state machine, what it has said, what came to it, what is on the way to it."""

    state: Handshake
    said: list[bytes] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    inbox: deque[bytes] = field(default_factory=deque)
    broken: bool = False
    """It refused, was refused, or raised: nothing may go on."""


class Wire(RuleBasedStateMachine):
    """Two honest sides; the wire between them belongs to the adversary."""

    @initialize(purpose=st.sampled_from(Purpose))
    def begin(self, purpose: Purpose) -> None:
        """Any purpose of the table."""
        self.purpose = purpose
        self.ends = {
            Role.DIALLER: End(Handshake(Role.DIALLER, {purpose}, KEYS)),
            Role.LISTENER: End(Handshake(Role.LISTENER, frozenset(Purpose), KEYS)),
        }

    @rule(role=roles)
    def hello(self, role: Role) -> None:
        """Or an error of ours if it is not the time."""
        side = RULES[self.purpose].side(role)
        ak_name = b"\0\x0b" + bytes(32) if side.proof is ProofKind.EVIDENCE else b""
        end = self.ends[role]
        self._say(
            role,
            lambda: end.state.hello(
                self.purpose, nonce=NONCES[role], ak_name=ak_name, cluster_id=_cluster(side)
            ),
        )

    @rule(role=roles)
    def prove(self, role: Role) -> None:
        """With the kind of proof that the purpose wants."""
        proof = PROOFS[RULES[self.purpose].side(role).proof]
        self._say(role, lambda: self.ends[role].state.proof(proof))

    @rule(role=roles)
    def accept(self, role: Role) -> None:
        """As if the peer's proof had been verified."""
        self._say(role, self.ends[role].state.accept)

    @rule(role=roles)
    def refuse(self, role: Role) -> None:
        """At any time before acceptance."""
        if self._say(role, lambda: self.ends[role].state.refuse("TLS-020")):
            self.ends[role].broken = True

    @rule(role=roles)
    def deliver(self, role: Role) -> None:
        """The next message."""
        if self.ends[role].inbox:
            self._hear(role, self.ends[role].inbox.popleft())

    @rule(role=roles)
    def deliver_the_last_first(self, role: Role) -> None:
        """Out of order."""
        if self.ends[role].inbox:
            self._hear(role, self.ends[role].inbox.pop())

    @rule(role=roles)
    def drop(self, role: Role) -> None:
        """One message is lost."""
        if self.ends[role].inbox:
            self.ends[role].inbox.popleft()

    @precondition(lambda self: any(end.said for end in self.ends.values()))
    @rule(role=roles, to=roles, at=st.integers(0, 3))
    def repeat(self, role: Role, to: Role, at: int) -> None:
        """Any message that was said, once more, to whomever."""
        said = self.ends[role].said
        if at < len(said):
            self._hear(to, said[at])

    @rule(role=roles, forged=st.sampled_from([encode(Verdict()), encode(PROOFS[ProofKind.OWNER])]))
    def forge(self, role: Role, forged: bytes) -> None:
        """Messages that hold no secret can be made by anybody."""
        self._hear(role, forged)

    @rule(role=roles, garbage=st.binary(min_size=5, max_size=40))
    def disturb(self, role: Role, garbage: bytes) -> None:
        """Bytes of no kind."""
        self._hear(role, garbage)

    @invariant()
    def only_a_whole_conversation_completes(self) -> None:
        """Three messages each way, each once, in order, and both verdicts good."""
        for role, end in getattr(self, "ends", {}).items():
            if end.state.complete:
                assert len(end.said) == len(end.heard) == 3
                assert not end.broken
                wanted = RULES[self.purpose].side(role.other).proof
                assert end.heard[1] == encode(PROOFS[wanted])
                assert end.heard[2] == encode(Verdict())
                assert end.heard[0] != end.said[0]

    @invariant()
    def both_ends_bind_the_same_or_nothing(self) -> None:
        """Where both have heard the other's own hello, both compute the same binders."""
        ends = getattr(self, "ends", {})
        if all(end.heard[:1] == ends[role.other].said[:1] != [] for role, end in ends.items()):
            for role in Role if ends else ():
                first, second = (end.state.binding(role).value for end in ends.values())
                assert first == second

    def _say(self, role: Role, make: Callable[[], bytes]) -> bool:
        """Whether it could be said; our own wrong order is LocalProtocolError, nothing else."""
        end = self.ends[role]
        try:
            frame = make()
        except LocalProtocolError:
            return False
        assert not end.broken or frame == encode(Verdict(error_id="TLS-020"))
        end.said.append(frame)
        self.ends[role.other].inbox.append(frame)
        return True

    def _hear(self, role: Role, frame: bytes) -> None:
        end = self.ends[role]
        if end.broken or end.state.complete:
            return  # the conversation's loop has ended: nobody reads any more
        try:
            events = end.state.receive(frame)
        except NEVER:
            end.broken = True
            return
        end.heard.append(frame)
        end.broken |= any(isinstance(event, PeerRefused) for event in events)


def _cluster(side: Side) -> bytes:
    return bytes(range(32)) if side.pcr15 is Pcr15.SOME_CLUSTER else b""


TestWire = Wire.TestCase
TestWire.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)  # fmt: skip
