"""Two sides of a session in one process, with evidence that is fake but bound like the real one."""

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from typing_extensions import override

from asterism import clock
from asterism.atls.certificate import OneTimeIdentity
from asterism.atls.conversation import converse
from asterism.atls.events import Event, PeerAccepted, PeerRefused
from asterism.atls.handshake import Handshake
from asterism.atls.prover import AnonymousProver, OwnerProver, Prover
from asterism.atls.purpose import RULES, Pcr15, ProofKind, Purpose, Role
from asterism.atls.session import Session, Terms, accept, dial
from asterism.atls.stream import Deadline, TlsStream
from asterism.atls.verifier import StandardVerifier, Verifier
from asterism.attestation.binding import Binding
from asterism.attestation.claims import Claims, NodeClaims
from asterism.errors import AttestationError
from asterism.keys.owner import OwnerKey
from asterism.proto.evidence.v1.evidence_pb2 import Evidence, SnpEvidence
from asterism.proto.session.v1.session_pb2 import Hello, Proof

CLUSTER = hashlib.sha256(b"cluster").digest()
TIMEOUT = 10.0


def fake_claims(ak_name: bytes) -> NodeClaims:
    """Claims of a machine of which only the attestation key is known."""
    values: dict[str, Any] = dict.fromkeys(NodeClaims.__dataclass_fields__)
    return NodeClaims(**{**values, "ak_name": ak_name})


class FakeNode(Prover):
    """Shows "evidence" that holds the binder as it stands, and counts how often it was asked."""

    def __init__(self, name: str) -> None:
        self._ak_name = b"\x00\x0b" + hashlib.sha256(name.encode()).digest()
        self.asked: list[Binding] = []

    @property
    @override
    def ak_name(self) -> bytes:
        """The name of a key that does not exist."""
        return self._ak_name

    @override
    def prove(self, binding: Binding) -> Proof:
        """Evidence whose report is the binder and whose initdata is the key's name."""
        self.asked.append(binding)
        return evidence_proof(binding.value, self._ak_name)


def evidence_proof(report: bytes, ak_name: bytes) -> Proof:
    """What a fake machine shows."""
    return Proof(evidence=Evidence(snp=SnpEvidence(report=report), initdata=ak_name))


@dataclass(frozen=True)
class FakeVerifier(Verifier):
    """Checks the binder of fake evidence, and owners and cluster as the standard verifier does."""

    standard: StandardVerifier = field(default_factory=StandardVerifier)

    @override
    def verify(
        self, purpose: Purpose, role: Role, proof: Proof, binding: Binding, hello: Hello
    ) -> Claims:
        """Claims if the binder is the expected one."""
        if RULES[purpose].side(role).proof is not ProofKind.EVIDENCE:
            return self.standard.verify(purpose, role, proof, binding, hello)
        claims = fake_claims(proof.evidence.initdata)
        if proof.evidence.snp.report != binding.value or claims.ak_name != hello.ak_name:
            raise AttestationError.of(
                "TLS-025", claim="binder", expected="this session's", got="another", source="test"
            )
        return claims


@dataclass
class Cast:
    """Everyone who takes part: an owner and two nodes, and what each of them expects."""

    owner: OwnerKey
    left: FakeNode
    right: FakeNode

    @property
    def verifier(self) -> FakeVerifier:
        """Knows the owner and the cluster."""
        return FakeVerifier(StandardVerifier(owners={self.owner.public}, cluster_id=CLUSTER))

    def dialler(self, purpose: Purpose) -> Prover:
        """Who dials for `purpose`."""
        match RULES[purpose].dialler.proof:
            case ProofKind.EVIDENCE:
                return self.left
            case ProofKind.OWNER:
                return OwnerProver(self.owner)
            case ProofKind.ANONYMOUS:
                return AnonymousProver()

    def terms(self, purpose: Purpose) -> dict[Purpose, Terms]:
        """The listener's terms for `purpose` alone."""
        named = RULES[purpose].listener.pcr15 is Pcr15.SOME_CLUSTER
        return {purpose: Terms(self.right, self.verifier, CLUSTER if named else b"")}


@pytest.fixture
def cast() -> Cast:
    """A fresh cast."""
    return Cast(OwnerKey.generate(), FakeNode("left"), FakeNode("right"))


@dataclass
class Outcome:
    """How a session came out on both sides."""

    dialler: Session | BaseException
    listener: Session | BaseException

    @property
    def sessions(self) -> tuple[Session, Session]:
        """Dialler's and listener's session; fails with the error of either."""
        for side in (self.dialler, self.listener):
            if isinstance(side, BaseException):
                raise side
        assert isinstance(self.dialler, Session)
        assert isinstance(self.listener, Session)
        return self.dialler, self.listener


class Stage:
    """Runs the sides in threads over socket pairs, and closes everything in the end."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._sessions: list[Session] = []
        self._sockets: list[socket.socket] = []
        self._streams: list[TlsStream] = []
        self._threads: list[threading.Thread] = []

    def pair(self) -> tuple[socket.socket, socket.socket]:
        """Two connected sockets."""
        ends = socket.socketpair()
        self._sockets += ends
        return ends

    def background(self, work: Callable[[], Any]) -> "Future[Any]":
        """The coming result of `work`, which runs in a thread."""
        future: Future[Any] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as exc:  # noqa: BLE001
                future.set_exception(exc)

        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()
        return future

    def dial(
        self,
        sock: socket.socket,
        purpose: Purpose,
        prover: Prover | None = None,
        verifier: Verifier | None = None,
        timeout: float = TIMEOUT,
    ) -> "Future[Any]":
        """Dial in the background, as the cast's dialler where nothing else is said."""
        return self.background(
            lambda: self._keep(
                dial(
                    sock,
                    purpose,
                    prover or self._cast.dialler(purpose),
                    verifier or self._cast.verifier,
                    server_name="attest.asterism.internal",
                    timeout=timeout,
                )
            )
        )

    def accept(
        self, sock: socket.socket, terms: Mapping[Purpose, Terms], timeout: float = TIMEOUT
    ) -> "Future[Any]":
        """Accept in the background."""
        return self.background(lambda: self._keep(accept(sock, terms, timeout=timeout)))

    def tls(
        self, sock: socket.socket, role: Role, identity: OneTimeIdentity | None = None
    ) -> "Future[Any]":
        """A bare TLS stream in the background, before anything is said in it."""

        def connect() -> TlsStream:
            stream = TlsStream(sock, role, identity or OneTimeIdentity.generate())
            self._streams.append(stream)
            stream.handshake(Deadline(TIMEOUT))
            return stream

        return self.background(connect)

    def attacker(self, sock: socket.socket, role: Role, purpose: Purpose) -> "Future[Any]":
        """An attacker with a key of his own; there is nothing that TLS has against him."""
        connecting = self.tls(sock, role)
        return self.background(lambda: Attacker(connecting.result(timeout=TIMEOUT), role, purpose))

    def side(
        self,
        sock: socket.socket,
        role: Role,
        terms: Mapping[Purpose, Terms],
        identity: OneTimeIdentity,
    ) -> "Future[Any]":
        """An honest side of which the certificate's key is known to the test."""

        def run() -> Session:
            stream = TlsStream(sock, role, identity)
            self._streams.append(stream)
            stream.handshake(Deadline(TIMEOUT))
            keys = stream.channel_keys()
            claims, rest = converse(stream, role, terms, keys, Deadline(TIMEOUT))
            return self._keep(Session(stream, claims, keys, rest))

        return self.background(run)

    def play(
        self,
        purpose: Purpose,
        *,
        prover: Prover | None = None,
        verifier: Verifier | None = None,
        terms: Mapping[Purpose, Terms] | None = None,
    ) -> Outcome:
        """One whole session of `purpose`."""
        near, far = self.pair()
        listening = self.accept(far, self._cast.terms(purpose) if terms is None else terms)
        dialling = self.dial(near, purpose, prover, verifier)
        return Outcome(result(dialling), result(listening))

    def _keep(self, session: Session) -> Session:
        self._sessions.append(session)
        return session

    def close(self) -> None:
        """Close everything.

        A descriptor is given back only when no thread uses it any more: the next test's sockets
        get the same numbers.
        """
        for session in self._sessions:
            session.close()
        for stream in self._streams:
            stream.close()
        for sock in self._sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(TIMEOUT)
        for sock in self._sockets:
            sock.close()


class Attacker:
    """One side of a session whose steps the test takes one by one."""

    def __init__(self, stream: TlsStream, role: Role, purpose: Purpose) -> None:
        self.stream = stream
        self.keys = stream.channel_keys()
        self.purpose = purpose
        self.role = role
        self.state = Handshake(role, {purpose}, self.keys)
        self._events: list[Event] = []

    def hello(self, ak_name: bytes = b"") -> None:
        """Say hello with a nonce of our own."""
        nonce = clock.random_bytes(32)
        self.say(self.state.hello(self.purpose, nonce=nonce, ak_name=ak_name))

    def say(self, frame: bytes) -> None:
        """Say anything."""
        self.stream.send(frame, Deadline(TIMEOUT))

    def hear(self) -> Any:
        """The next event."""
        buffer = bytearray(16384)
        while not self._events:
            count = self.stream.recv_into(buffer, Deadline(TIMEOUT))
            assert count, "the victim left without a word"
            self._events += self.state.receive(bytes(buffer[:count]))
        return self._events.pop(0)

    def verdict(self) -> str:
        """What the victim thinks of us in the end: an ID, or nothing if it accepted us."""
        while not isinstance(event := self.hear(), PeerAccepted | PeerRefused):
            pass
        return event.error_id if isinstance(event, PeerRefused) else ""


def result(future: "Future[Any]") -> Any:
    """What came out, be it an error."""
    error = future.exception(timeout=TIMEOUT + 5)
    return future.result() if error is None else error


@pytest.fixture
def stage(cast: Cast) -> Iterator[Stage]:
    """A stage for the cast."""
    made = Stage(cast)
    yield made
    made.close()
