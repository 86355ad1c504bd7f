"""The attested handshake as a state machine: bytes in, events and bytes out, no I/O, no keys.

It runs inside an established TLS session. Each side says three messages in this order:

    HELLO    purpose, role, nonce, attestation key's name      the dialler's first
    PROOF    evidence, owner's signature or nothing            after both hellos
    VERDICT  accepted, or the ID of the refusal                after the peer's proof was verified

A refusal may be said at any time and ends the handshake. Nothing else may be said before both
verdicts are "accepted". `LocalProtocolError` means that our caller erred, `RemoteProtocolError`
that the peer did, `AttestationError` that the peer is not who it should be.
"""

from collections.abc import Collection
from enum import IntEnum

from asterism.atls.binder import ChannelKeys, report_data
from asterism.atls.events import (
    Event,
    HelloReceived,
    PeerAccepted,
    PeerRefused,
    ProofReceived,
)
from asterism.atls.hello import VERSION, check_hello, refused
from asterism.atls.messages import FrameReader, encode
from asterism.atls.purpose import RULES, Purpose, Role
from asterism.attestation.binding import Binding
from asterism.errors import AttestationError, Error, LocalProtocolError, RemoteProtocolError
from asterism.proto.session.v1.session_pb2 import Hello, Proof, Verdict


class Said(IntEnum):
    """How far one side has come; REFUSED also for a peer that broke the protocol."""

    NOTHING = 0
    HELLO = 1
    PROOF = 2
    ACCEPTED = 3
    REFUSED = 4


class Handshake:
    """One side of one handshake.

    `purposes` are those that this side takes part in: for a dialler exactly the one it asks for.
    """

    def __init__(self, role: Role, purposes: Collection[Purpose], keys: ChannelKeys) -> None:
        if role is Role.DIALLER and len(purposes) != 1:
            raise LocalProtocolError("TLS-001", "a dialler asks for exactly one purpose")
        self._role = role
        self._purposes = frozenset(purposes)
        self._keys = keys
        self._reader = FrameReader()
        self._hellos: dict[Role, Hello] = {}
        self._said = {Role.DIALLER: Said.NOTHING, Role.LISTENER: Said.NOTHING}

    @property
    def complete(self) -> bool:
        """Whether both sides accepted each other."""
        return all(said is Said.ACCEPTED for said in self._said.values())

    @property
    def purpose(self) -> Purpose:
        """The purpose both hellos name; LocalProtocolError TLS-001 before there is one."""
        for hello in self._hellos.values():
            return Purpose(hello.purpose)
        raise LocalProtocolError("TLS-001", "no purpose before a hello")

    @property
    def rest(self) -> bytes:
        """Application data that came along with the last verdict; TLS-001 before completion."""
        if not self.complete:
            raise LocalProtocolError("TLS-001", "no data before both verdicts")
        return self._reader.rest

    def binding(self, role: Role) -> Binding:
        """The binder that the proof of the side `role` must carry; TLS-001 before both hellos."""
        if len(self._hellos) != len(Role):
            raise LocalProtocolError("TLS-001", "no binder before both hellos")
        value = report_data(
            purpose=self.purpose,
            role=role,
            keys=self._keys,
            dialler_nonce=self._hellos[Role.DIALLER].nonce,
            listener_nonce=self._hellos[Role.LISTENER].nonce,
            ak_name=self._hellos[role].ak_name,
        )
        return Binding(value)

    def peer_hello(self) -> Hello:
        """The peer's hello; LocalProtocolError TLS-001 before it came."""
        try:
            return self._hellos[self._role.other]
        except KeyError:
            raise LocalProtocolError("TLS-001", "the peer has not said hello") from None

    # What we say

    def hello(
        self, purpose: Purpose, *, nonce: bytes, ak_name: bytes, cluster_id: bytes = b""
    ) -> bytes:
        """Our hello: the dialler's first word, the listener's answer with the same purpose."""
        self._require_local(Said.NOTHING)
        if purpose not in self._purposes:
            raise LocalProtocolError("TLS-001", f"{purpose} is not among our purposes")
        if self._role is Role.LISTENER and self.purpose is not purpose:
            raise LocalProtocolError("TLS-001", "the dialler chooses the purpose")
        hello = Hello(
            version=VERSION,
            purpose=purpose.value,
            role=self._role.value,  # type: ignore[arg-type]  # generated enums are plain integers
            nonce=nonce,
            ak_name=ak_name,
            cluster_id=cluster_id,
        )
        try:
            check_hello(hello, self._role)
        except AttestationError as exc:
            raise LocalProtocolError("TLS-001", f"our own hello is wrong: {exc}") from exc
        frame = encode(hello)
        self._hellos[self._role] = hello
        self._said[self._role] = Said.HELLO
        return frame

    def proof(self, proof: Proof) -> bytes:
        """Our proof, of the kind that the purpose asks of our side."""
        self._require_local(Said.HELLO)
        if len(self._hellos) != len(Role):
            raise LocalProtocolError("TLS-001", "no proof before both hellos")
        if proof.WhichOneof("kind") != RULES[self.purpose].side(self._role).proof.value:
            raise LocalProtocolError("TLS-001", f"a wrong kind of proof for {self.purpose}")
        frame = encode(proof)
        self._said[self._role] = Said.PROOF
        return frame

    def accept(self) -> bytes:
        """Our verdict that the peer is who it should be."""
        self._require_local(Said.PROOF)
        if self._said[self._role.other] < Said.PROOF:
            raise LocalProtocolError("TLS-001", "no verdict before the peer's proof")
        self._said[self._role] = Said.ACCEPTED
        return encode(Verdict())

    def refuse(self, error_id: str) -> bytes:
        """Our refusal, at any time before we have accepted. The peer learns the ID only."""
        if self._said[self._role] >= Said.ACCEPTED or not error_id:
            raise LocalProtocolError("TLS-001", "no refusal after a verdict, none without an ID")
        frame = encode(Verdict(error_id=error_id))
        self._said[self._role] = Said.REFUSED
        return frame

    def _require_local(self, said: Said) -> None:
        if self._said[self._role] is not said or Said.REFUSED in self._said.values():
            state = self._said[self._role].name
            raise LocalProtocolError("TLS-001", f"not possible after {state}")

    # What the peer says

    def receive(self, data: bytes) -> list[Event]:
        """Take bytes from the peer and say what they mean.

        RemoteProtocolError TLS-010..013, AttestationError TLS-020..024; after one of them all that
        is left to do is to refuse.
        """
        self._reader.feed(data)
        try:
            return self._read()
        except Error:
            self._said[self._role.other] = Said.REFUSED
            raise

    def _read(self) -> list[Event]:
        events: list[Event] = []
        while self._said[self._role.other] < Said.ACCEPTED:
            message = self._reader.next_message()
            if message is None:
                return events
            events.append(self._take(message))
        self._check_silence()
        return events

    def _take(self, message: Hello | Proof | Verdict) -> Event:
        if isinstance(message, Hello):
            return self._take_hello(message)
        if isinstance(message, Proof):
            return self._take_proof(message)
        return self._take_verdict(message)

    def _take_hello(self, hello: Hello) -> HelloReceived:
        self._require_remote(Said.NOTHING, "hello")
        if self._role is Role.DIALLER and self._said[self._role] is Said.NOTHING:
            raise RemoteProtocolError("TLS-012", "a listener that speaks first")
        purpose = check_hello(hello, self._role.other)
        if purpose not in self._purposes:
            raise self._other_purpose(hello)
        own = self._hellos.get(self._role)
        if own is not None and own.nonce == hello.nonce:
            raise refused("TLS-023", "nonce", "a fresh one", "our own")
        self._hellos[self._role.other] = hello
        self._said[self._role.other] = Said.HELLO
        return HelloReceived(purpose, hello)

    def _other_purpose(self, hello: Hello) -> AttestationError:
        error_id = "TLS-022" if self._role is Role.DIALLER else "TLS-021"
        return refused(error_id, "purpose", "/".join(sorted(self._purposes)), hello.purpose)

    def _take_proof(self, proof: Proof) -> ProofReceived:
        self._require_remote(Said.HELLO, "proof")
        if len(self._hellos) != len(Role):
            raise RemoteProtocolError("TLS-012", "a proof before both hellos")
        wanted = RULES[self.purpose].side(self._role.other).proof.value
        got = proof.WhichOneof("kind") or "nothing"
        if got != wanted:
            raise refused("TLS-024", "proof", wanted, got)
        self._said[self._role.other] = Said.PROOF
        return ProofReceived(proof)

    def _take_verdict(self, verdict: Verdict) -> PeerAccepted | PeerRefused:
        if verdict.error_id:
            self._said[self._role.other] = Said.REFUSED
            return PeerRefused(verdict.error_id)
        self._require_remote(Said.PROOF, "verdict")
        if self._said[self._role] < Said.PROOF:
            raise RemoteProtocolError("TLS-012", "a verdict before our proof")
        self._said[self._role.other] = Said.ACCEPTED
        return PeerAccepted()

    def _require_remote(self, said: Said, what: str) -> None:
        if self._said[self._role.other] is not said:
            raise RemoteProtocolError("TLS-012", f"a {what} out of order")

    def _check_silence(self) -> None:
        """Data may follow the peer's verdict only once it has ours."""
        if self._reader.rest and not self.complete:
            raise RemoteProtocolError("TLS-012", "data before both verdicts")
