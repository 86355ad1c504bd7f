"""Carries one attested handshake over a TLS stream: hellos, proofs, verdicts, then silence.

The order on the wire lets the listener prove itself first: a dialler shows nothing about itself
to a listener that it refuses.
"""

import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from asterism import clock
from asterism.atls.binder import NONCE_SIZE, ChannelKeys
from asterism.atls.claims import SessionClaims
from asterism.atls.events import Event, HelloReceived, PeerAccepted, PeerRefused, ProofReceived
from asterism.atls.handshake import Handshake
from asterism.atls.prover import Prover
from asterism.atls.purpose import Purpose, Role
from asterism.atls.stream import RECORD_SIZE, Deadline, TlsStream
from asterism.atls.verifier import Verifier
from asterism.errors import Error, PeerRefusedError, RemoteProtocolError
from asterism.errors.catalogue import entries

_log = logging.getLogger(__name__)

_FAREWELL = 1.0
"""Seconds that a refused peer gets to read why."""

_E = TypeVar("_E", HelloReceived, ProofReceived, PeerAccepted)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms this side takes part in sessions of one purpose.

    `cluster_id` is what the listener of a join announces, and empty for every other purpose.
    """

    prover: Prover
    verifier: Verifier
    cluster_id: bytes = b""


def converse(
    stream: TlsStream,
    role: Role,
    terms: Mapping[Purpose, Terms],
    keys: ChannelKeys,
    deadline: Deadline,
) -> tuple[SessionClaims, bytes]:
    """Run the handshake to its end: what the peer has proven, and data that came early.

    Whatever we refuse it for is logged here in full and said to the peer as an ID.
    Errors as `asterism.atls.session.dial`.
    """
    conversation = _Conversation(stream, role, terms, keys, deadline)
    try:
        claims = conversation.run()
    except PeerRefusedError as exc:
        _log.warning("%s refused us as %s: %s", stream.peer, role.name.lower(), exc)
        raise
    except Error as exc:
        _log.warning("refused %s as %s: %s", stream.peer, role.other.name.lower(), exc)
        conversation.refuse(exc.error_id)
        raise
    except Exception:
        _log.exception("failed on %s as %s", stream.peer, role.other.name.lower())
        conversation.refuse("INT-001")
        raise
    return claims, conversation.handshake.rest


class _Conversation:
    def __init__(
        self,
        stream: TlsStream,
        role: Role,
        terms: Mapping[Purpose, Terms],
        keys: ChannelKeys,
        deadline: Deadline,
    ) -> None:
        self._stream = stream
        self._role = role
        self._terms = terms
        self._deadline = deadline
        self._events: deque[Event] = deque()
        self.handshake = Handshake(role, terms.keys(), keys)

    def run(self) -> SessionClaims:
        if self._role is Role.DIALLER:
            return self._dial()
        return self._answer()

    def _dial(self) -> SessionClaims:
        (purpose,) = self._terms
        self._send(self._hello(purpose))
        self._await(HelloReceived)
        proof = self._prove()
        claims = self._verify()
        self._send(proof + self.handshake.accept())
        self._await(PeerAccepted)
        return claims

    def _answer(self) -> SessionClaims:
        purpose = self._await(HelloReceived).purpose
        self._send(self._hello(purpose))
        self._send(self._prove())
        claims = self._verify()
        self._send(self.handshake.accept())
        self._await(PeerAccepted)
        return claims

    def _hello(self, purpose: Purpose) -> bytes:
        terms = self._terms[purpose]
        return self.handshake.hello(
            purpose,
            nonce=clock.random_bytes(NONCE_SIZE),
            ak_name=terms.prover.ak_name,
            cluster_id=terms.cluster_id,
        )

    def _prove(self) -> bytes:
        prover = self._terms[self.handshake.purpose].prover
        return self.handshake.proof(prover.prove(self.handshake.binding(self._role)))

    def _verify(self) -> SessionClaims:
        """Wait for the peer's proof and check it against the binder that it must carry."""
        proof = self._await(ProofReceived).proof
        purpose, peer = self.handshake.purpose, self._role.other
        subject = self._terms[purpose].verifier.verify(
            purpose, peer, proof, self.handshake.binding(peer), self.handshake.peer_hello()
        )
        return SessionClaims(purpose, peer, subject)

    def refuse(self, error_id: str) -> None:
        """Tell the peer, if it can still be told; it must not keep us from raising our reason."""
        try:
            self._deadline = Deadline(_FAREWELL)
            self._send(self.handshake.refuse(error_id))
            self._stream.end(_FAREWELL)
        except Error as exc:
            _log.debug("the peer could not be told: %s", exc)

    def _send(self, frame: bytes) -> None:
        self._stream.send(frame, self._deadline)

    def _await(self, kind: type[_E]) -> _E:
        event = self._next_event()
        if isinstance(event, PeerRefused):
            raise _peer_refused(event.error_id)
        if not isinstance(event, kind):
            raise RemoteProtocolError("TLS-012", f"{type(event).__name__} came too early")
        return event

    def _next_event(self) -> Event:
        buffer = bytearray(RECORD_SIZE)
        while not self._events:
            count = self._stream.recv_into(buffer, self._deadline)
            if count == 0:
                raise RemoteProtocolError("TLS-004", "the peer left during the handshake")
            self._events.extend(self.handshake.receive(bytes(buffer[:count])))
        return self._events.popleft()


def _peer_refused(error_id: str) -> PeerRefusedError:
    """The peer's ID, if it is one of ours; its words are never shown as they came."""
    if error_id in entries():
        return PeerRefusedError(error_id, "the peer refused this side")
    return PeerRefusedError("TLS-029", "the peer refused this side", peer_error=ascii(error_id))
