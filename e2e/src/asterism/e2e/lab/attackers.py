"""Attackers on the wires between an owner and a machine. None of them has a machine of his own."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from asterism import clock
from asterism.atls.binder import NONCE_SIZE
from asterism.atls.certificate import OneTimeIdentity
from asterism.atls.events import Event, PeerRefused, ProofReceived
from asterism.atls.handshake import Handshake
from asterism.atls.hello import VERSION
from asterism.atls.messages import FrameReader, Message, encode
from asterism.atls.purpose import Purpose, Role
from asterism.atls.stream import RECORD_SIZE, Deadline, TlsStream
from asterism.e2e.lab.wire import SERVER_NAME, TIMEOUT
from asterism.errors import Error
from asterism.proto.session.v1.session_pb2 import Hello, Proof, Verdict


@dataclass(slots=True)
class Impostor:
    """Answers as a machine would and shows `proof`, wherever that comes from.

    It may be a verdict as well, where a proof should be.
    """

    proof: Proof | Verdict
    ak_name: bytes
    purpose: Purpose = Purpose.INIT
    heard: list[Message] = field(default_factory=list)
    """What the victim said to it."""

    def accept(self, end: socket.socket) -> None:
        """Play one session to its end."""
        stream = TlsStream(end, Role.LISTENER, OneTimeIdentity.generate())
        deadline = Deadline(TIMEOUT)
        with suppress(Error):
            stream.handshake(deadline)
            self._listen(stream, deadline, until=1)
            stream.send(encode(self._hello()) + encode(self.proof), deadline)
            self._listen(stream, deadline, until=3)
        stream.close()

    def _hello(self) -> Hello:
        return Hello(
            version=VERSION,
            purpose=self.purpose.value,
            role=Role.LISTENER.value,  # type: ignore[arg-type]  # generated enums are integers
            nonce=clock.random_bytes(NONCE_SIZE),
            ak_name=self.ak_name,
        )

    def _listen(self, stream: TlsStream, deadline: Deadline, *, until: int) -> None:
        reader, buffer = FrameReader(), bytearray(RECORD_SIZE)
        while len(self.heard) < until and (count := stream.recv_into(buffer, deadline)):
            reader.feed(bytes(buffer[:count]))
            while (message := reader.next_message()) is not None:
                self.heard.append(message)


@dataclass(slots=True)
class ManInTheMiddle:
    """Ends the victim's TLS, opens his own to the machine, and carries every byte between them.

    `identity` is the TLS key he shows to both; a leaked one makes him look like either.
    """

    identity: OneTimeIdentity = field(default_factory=OneTimeIdentity.generate)
    server_name: str = SERVER_NAME
    """The TLS server name by which a relay leads him to the machine."""
    from_victim: bytearray = field(default_factory=bytearray)
    """All that the victim said, decrypted."""

    def victim_said(self) -> list[Message]:
        """The messages of the handshake among it."""
        reader = FrameReader()
        reader.feed(bytes(self.from_victim))
        found: list[Message] = []
        while (message := reader.next_message()) is not None:
            found.append(message)
        return found

    def sit_between(self, victim: socket.socket, machine: socket.socket) -> None:
        """Carry until either side ends."""
        deadline = Deadline(TIMEOUT)
        listening = TlsStream(victim, Role.LISTENER, self.identity)
        dialling = TlsStream(machine, Role.DIALLER, self.identity)
        dialling.set_server_name(self.server_name)
        with suppress(Error):
            listening.handshake(deadline)
            dialling.handshake(deadline)
            back = threading.Thread(target=_carry, args=(dialling, listening, deadline, _forget))
            back.start()
            _carry(listening, dialling, deadline, self.from_victim.extend)
            back.join()
        listening.close()
        dialling.close()


class Intruder:
    """Dials a machine with a TLS key of his own, step by step as the test wants."""

    def __init__(self, end: socket.socket, purpose: Purpose) -> None:
        self._stream = TlsStream(end, Role.DIALLER, OneTimeIdentity.generate())
        self._deadline = Deadline(TIMEOUT)
        self._stream.handshake(self._deadline)
        self._purpose = purpose
        self.keys = self._stream.channel_keys()
        self.handshake = Handshake(Role.DIALLER, {purpose}, self.keys)
        self.own_nonce = clock.random_bytes(NONCE_SIZE)
        self._events: list[Event] = []

    def ask_for_proof(self, ak_name: bytes) -> Proof:
        """Say hello as the holder of that key; what the machine shows of itself."""
        hello = self.handshake.hello(self._purpose, nonce=self.own_nonce, ak_name=ak_name)
        self._stream.send(hello, self._deadline)
        while not isinstance(event := self._hear(), ProofReceived):
            pass
        return event.proof

    def show(self, proof: Proof) -> str:
        """Show `proof` and accept what the machine showed; the ID it refuses us with, or none."""
        answer = self.handshake.proof(proof) + self.handshake.accept()
        self._stream.send(answer, self._deadline)
        event = self._hear()
        self._stream.close()
        return event.error_id if isinstance(event, PeerRefused) else ""

    def show_out_of_order(self, proof: Proof) -> str:
        """As `show`, for a proof that the purpose does not allow this side."""
        self._stream.send(encode(proof) + encode(Verdict()), self._deadline)
        event = self._hear()
        self._stream.close()
        assert isinstance(event, PeerRefused), event
        return event.error_id

    def _hear(self) -> Event:
        buffer = bytearray(RECORD_SIZE)
        while not self._events:
            count = self._stream.recv_into(buffer, self._deadline)
            assert count, "the machine left without a word"
            self._events += self.handshake.receive(bytes(buffer[:count]))
        return self._events.pop(0)


def _carry(
    source: TlsStream, target: TlsStream, deadline: Deadline, note: Callable[[bytes], None]
) -> None:
    buffer = bytearray(RECORD_SIZE)
    with suppress(Error):
        while count := source.recv_into(buffer, deadline):
            note(bytes(buffer[:count]))
            target.send(buffer[:count], deadline)
    target.close()


def _forget(_data: bytes) -> None:
    """What the machine says is no secret."""
