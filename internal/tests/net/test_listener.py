"""The attest port: routing, limits and deadlines."""
# mypy: allow-untyped-defs, allow-incomplete-defs

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest
from typing_extensions import override

from asterism.atls.prover import AnonymousProver, OwnerProver, Prover
from asterism.atls.purpose import Purpose, Role
from asterism.atls.session import Address, Session, Terms, dial
from asterism.atls.verifier import StandardVerifier, Verifier
from asterism.attestation.binding import Binding
from asterism.attestation.claims import AnonymousClaims, Claims
from asterism.errors import PeerRefusedError, RemoteProtocolError, UserError
from asterism.keys.owner import OwnerKey
from asterism.net import listener as module
from asterism.net.half_open import HalfOpen
from asterism.net.listener import Listener
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.proto.session.v1.session_pb2 import Hello, Proof

OWNER = OwnerKey.generate()


class Anyone(Verifier):
    """Accepts every machine: who is who is not the matter here."""

    @override
    def verify(
        self, purpose: Purpose, role: Role, proof: Proof, binding: Binding, hello: Hello
    ) -> Claims:
        return AnonymousClaims()


class Machine(Prover):
    """Shows evidence that nobody looks at."""

    @property
    @override
    def ak_name(self) -> bytes:
        return bytes(34)

    @override
    def prove(self, binding: Binding) -> Proof:
        return Proof(evidence=Evidence(initdata=b"machine"))


def terms() -> dict[Purpose, Terms]:
    """Owners may do admin."""
    return {Purpose.ADMIN: Terms(Machine(), StandardVerifier(owners={OWNER.public}))}


def knock(address: Address, timeout: float = 10.0) -> Session:
    """An honest owner."""
    return dial(
        address,
        Purpose.ADMIN,
        OwnerProver(OWNER),
        Anyone(),
        server_name="attest.asterism.internal",
        timeout=timeout,
    )


class Port:
    """A listener on loopback, what it hands out, and an API server behind it."""

    def __init__(self, half_open: HalfOpen) -> None:
        self.sessions: Queue[Session] = Queue()
        self.api: socket.socket | None = None
        self.half_open = half_open
        sock = socket.create_server(("127.0.0.1", 0))
        self.address: Address = sock.getsockname()
        self.listener = Listener(
            sock,
            terms=terms,
            api_server=lambda: self.api.getsockname() if self.api else None,
            on_session=self.sessions.put,
            half_open=half_open,
        )
        self._thread = threading.Thread(target=self.listener.serve)
        self._thread.start()

    def close(self) -> None:
        """Stop; the accepting thread ends."""
        self.listener.close()
        self._thread.join(5)
        assert not self._thread.is_alive()
        while not self.sessions.empty():
            self.sessions.get().close()


@pytest.fixture
def port() -> Iterator[Port]:
    """A port with small limits."""
    made = Port(HalfOpen(per_address=8, total=16))
    yield made
    made.close()


def test_an_honest_peer_gets_a_session(port) -> None:
    """And the callback gets the other end of it."""
    with knock(port.address) as session:
        other = port.sessions.get(timeout=5)
        assert other.claims.owner.public_key == OWNER.public
        other.send(b"welcome")
        assert session.recv(timeout=5) == b"welcome"
        other.close()


def test_a_purpose_that_is_not_served_now_is_refused(port) -> None:
    """The refusal names its ID."""
    with pytest.raises(PeerRefusedError, match="TLS-021"):
        dial(
            port.address,
            Purpose.VERIFY,
            AnonymousProver(),
            Anyone(),
            server_name="attest.asterism.internal",
            timeout=5,
        )


def test_the_name_kubernetes_leads_to_the_api_server(port) -> None:
    """Its TLS passes untouched, the hello included."""
    with socket.create_server(("127.0.0.1", 0)) as api:
        port.api = api
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        outgoing = ssl.MemoryBIO()
        client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="kubernetes")
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
        hello = outgoing.read()
        with socket.create_connection(port.address) as peer:
            peer.sendall(hello[:100])
            time.sleep(0.05)
            peer.sendall(hello[100:])
            server, _ = api.accept()
            with server:
                assert server.recv(65536) == hello
                server.sendall(b"answer")
                assert peer.recv(100) == b"answer"


def test_without_an_api_server_the_connection_ends(port) -> None:
    """A node that is none yet says nothing."""
    context = ssl.create_default_context()
    with (
        socket.create_connection(port.address) as peer,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(peer, server_hostname="kubernetes")


@pytest.mark.parametrize("junk", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x00", b"\0" * 64])
def test_a_stranger_that_speaks_no_tls_is_cut_off(port, junk) -> None:
    """At once, and without a word."""
    with socket.create_connection(port.address) as peer:
        peer.settimeout(5)
        peer.sendall(junk)
        assert drained(peer) == b""


def drained(peer: socket.socket) -> bytes:
    """What comes until the end, be it a reset."""
    try:
        return peer.recv(100)
    except ConnectionResetError:
        return b""


def test_a_silent_connection_ends_at_its_deadline(port, monkeypatch) -> None:
    """Half a hello and then nothing."""
    monkeypatch.setattr(module, "HELLO_TIMEOUT", 0.3)
    started = time.monotonic()
    with socket.create_connection(port.address) as peer:
        peer.settimeout(5)
        peer.sendall(b"\x16\x03\x01")
        assert drained(peer) == b""
    assert time.monotonic() - started < 3


def test_a_peer_that_stops_within_the_handshake_ends_at_its_deadline(port, monkeypatch) -> None:
    """A whole hello and then nothing."""
    monkeypatch.setattr(module, "HANDSHAKE_TIMEOUT", 0.3)
    outgoing = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="x")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    with socket.create_connection(port.address) as peer:
        peer.settimeout(5)
        peer.sendall(outgoing.read())
        started = time.monotonic()
        while peer.recv(65536):
            pass
    assert time.monotonic() - started < 3


def flood(address: Address, count: int) -> list[socket.socket]:
    """Connections that begin a hello and never finish it."""
    peers = []
    for _ in range(count):
        peer = socket.create_connection(address)
        peer.sendall(b"\x16\x03\x01\x02")
        peers.append(peer)
    return peers


def test_500_half_open_connections_do_not_keep_an_honest_peer_out(port) -> None:
    """A15: the oldest give way, and the honest peer has the same address as the flood."""
    peers = flood(port.address, 500)
    try:
        started = time.monotonic()
        with knock(port.address):
            assert time.monotonic() - started < 5
        assert len(port.half_open) <= 16
    finally:
        for peer in peers:
            peer.close()


def test_sessions_of_strangers_are_counted_for_as_long_as_they_last(port, monkeypatch) -> None:
    """A peer that proves nothing stays a stranger: its oldest session gives way, an owner's never.

    TLS-004 is what the peer of an ended session sees.
    """
    proven = {**terms(), Purpose.VERIFY: Terms(Machine(), StandardVerifier())}
    monkeypatch.setattr(port.listener, "_terms", lambda: proven)
    release = threading.Event()

    def hold(session: Session) -> None:
        with session:
            release.wait(20)

    monkeypatch.setattr(port.listener, "_on_session", hold)
    owner = knock(port.address)
    strangers = [
        dial(port.address, Purpose.VERIFY, AnonymousProver(), Anyone(), server_name="x", timeout=5)
        for _ in range(9)
    ]
    try:
        with pytest.raises(RemoteProtocolError, match="TLS-004"):
            strangers[0].recv(timeout=5)
        for kept in (owner, strangers[-1]):
            with pytest.raises(UserError, match="TLS-005"):
                kept.recv(timeout=0.2)
        assert len(port.half_open) == 8
    finally:
        release.set()
        for session in (owner, *strangers):
            session.close()


def test_ways_to_the_api_server_are_counted(port) -> None:
    """Strangers may open them, too, so the oldest of an address gives way."""
    table = HalfOpen(per_address=2, total=4)
    port.listener._passing = table
    with socket.create_server(("127.0.0.1", 0)) as api:
        port.api = api
        peers = [connection_to_api(port.address) for _ in range(3)]
        try:
            peers[0].settimeout(5)
            assert peers[0].recv(1) == b""
            assert len(table) == 2
        finally:
            for peer in peers:
                peer.close()


def connection_to_api(address: Address) -> socket.socket:
    """A client hello for `kubernetes`, and nothing after it."""
    outgoing = ssl.MemoryBIO()
    context = ssl.create_default_context()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="kubernetes")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    peer = socket.create_connection(address)
    peer.sendall(outgoing.read())
    return peer


class FirstComeFirstServed(HalfOpen):
    """The twin's limit: whoever came first keeps its place, and newcomers are closed."""

    @override
    def _enter(self, connection: socket.socket, address: str) -> None:
        with self._lock:
            if len(self._held) >= self._total:
                connection.shutdown(socket.SHUT_RDWR)
            else:
                self._held[connection] = address


def test_500_half_open_connections_twin_keeps_an_honest_peer_out() -> None:
    """With a limit that turns newcomers away, the flood wins."""
    port = Port(FirstComeFirstServed(total=16))
    peers = flood(port.address, 500)
    try:
        with pytest.raises(Exception, match="TLS-00"):
            knock(port.address, timeout=2)
    finally:
        for peer in peers:
            peer.close()
        port.close()


def connection_pair() -> tuple[socket.socket, socket.socket]:
    """Stand-ins for connections."""
    return socket.socketpair()


def test_the_oldest_of_the_greediest_address_gives_way() -> None:
    """An address below its limit loses nothing as long as another holds more."""
    table = HalfOpen(per_address=3, total=4)
    pairs = [connection_pair() for _ in range(6)]
    places: list[Any] = []
    try:
        for (held, _), address in zip(pairs, "AAABBB", strict=True):
            place = table.place(held, address)
            place.__enter__()
            places.append(place)
        gone = [far.recv(1, socket.MSG_DONTWAIT) == b"" for _, far in pairs[:2]]
        assert gone == [True, True]
        for _, far in pairs[2:]:
            with pytest.raises(BlockingIOError):
                far.recv(1, socket.MSG_DONTWAIT)
        assert len(table) == 4
    finally:
        for place in places:
            place.__exit__(None, None, None)
        for pair in pairs:
            for sock in pair:
                sock.close()
    assert len(table) == 0
