"""What TLS itself must refuse: exporters read early, older versions, anything resumed."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from OpenSSL import SSL

from asterism.atls.certificate import OneTimeIdentity
from asterism.atls.purpose import Role
from asterism.atls.stream import Deadline, TlsStream
from asterism.e2e import twins
from asterism.e2e.lab import tls_clients
from asterism.e2e.lab.refusal import fails
from asterism.e2e.lab.tls_clients import Unfinished
from asterism.e2e.lab.wire import TIMEOUT, aside

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """The attacker's end of a wire, and the listener's."""
    ours, theirs = socket.socketpair()
    ours.settimeout(TIMEOUT)
    with ours, theirs:
        yield ours, theirs


def listening(end: socket.socket) -> TlsStream:
    """A listener that has not heard anything yet."""
    return TlsStream(end, Role.LISTENER, OneTimeIdentity.generate())


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.attack("A02", refused="TLS-002")
def test_an_exporter_before_the_handshake_is_refused(pair: Pair, role: Role) -> None:
    """A02: there is nothing yet that it could be bound to."""
    stream = TlsStream(pair[1], role, OneTimeIdentity.generate())
    with fails("TLS-002"):
        stream.channel_keys()


@pytest.mark.attack("A02", refused="TLS-002")
def test_an_exporter_before_the_peers_last_message_is_refused(pair: Pair) -> None:
    """A02: the listener has said all it has to say, but nobody has shown a key or finished."""
    stream = listening(pair[1])
    handshaking = aside(lambda: stream.handshake(Deadline(TIMEOUT)))
    Unfinished(pair[0]).begin()
    with fails("TLS-002"):
        stream.channel_keys()
    pair[0].close()
    assert handshaking.exception(TIMEOUT) is not None
    with fails("TLS-002"):
        stream.channel_keys()


@pytest.mark.twin("A02")
def test_twin_of_an_exporter_before_the_peers_last_message(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A02: read early, it is what an attacker without any key has as well."""
    twins.load("A02").apply(monkeypatch)
    stream = listening(pair[1])
    handshaking = aside(lambda: stream.handshake(Deadline(TIMEOUT)))
    exporter = Unfinished(pair[0]).begin()
    assert stream.channel_keys().exporter == exporter
    pair[0].close()
    assert handshaking.exception(TIMEOUT) is not None


class Visitor:
    """A client that may come back with what it kept of an earlier visit, and without its key."""

    def __init__(self, version: int = SSL.TLS1_3_VERSION) -> None:
        self._context = tls_clients.context(version)
        self._kept: SSL.Session | None = None

    def visit(self, identity: OneTimeIdentity | None, early: bytes = b"") -> None:
        """One visit to a listener, which greets. Raises what the listener ended it with."""
        ours, theirs = socket.socketpair()
        with ours:
            stream = listening(theirs)
            answered = aside(lambda: greet(stream))
            with suppress(SSL.Error):  # of a listener that ends the visit
                client = tls_clients.connect(self._context, ours, identity, self._kept, early)
                client.recv(100)
                self._kept = client.get_session()
                client.shutdown()  # OpenSSL forgets sessions that end without a good-bye
            answered.result(TIMEOUT)


def greet(stream: TlsStream) -> None:
    """The listener's side of a visit."""
    try:
        stream.handshake(Deadline(TIMEOUT))
        stream.send(b"welcome", Deadline(TIMEOUT))
        stream.recv_into(bytearray(1), Deadline(TIMEOUT))
    finally:
        stream.close()


@pytest.mark.attack("A09", refused="TLS-003")
def test_an_older_version_is_refused(pair: Pair) -> None:
    """A09: a client that offers TLS 1.2 at most gets an alert."""
    stream = listening(pair[1])
    answered = aside(lambda: stream.handshake(Deadline(TIMEOUT)))
    with pytest.raises(SSL.Error):
        tls_clients.connect(tls_clients.context(SSL.TLS1_2_VERSION), pair[0])
    with fails("TLS-003"):
        answered.result(TIMEOUT)


@pytest.mark.attack("A09", refused="TLS-003")
def test_an_older_version_of_a_listener_is_refused(pair: Pair) -> None:
    """A09: our dialler meets somebody who answers with TLS 1.2."""
    old = twins.load("A09").lax_context()
    old.set_max_proto_version(SSL.TLS1_2_VERSION)
    pair[0].setblocking(True)
    server = SSL.Connection(old, pair[0])
    server.set_accept_state()
    answered = aside(server.do_handshake)
    stream = TlsStream(pair[1], Role.DIALLER, OneTimeIdentity.generate())
    with fails("TLS-003"):
        stream.handshake(Deadline(TIMEOUT))
    assert isinstance(answered.exception(TIMEOUT), SSL.Error)


@pytest.mark.parametrize("early", [b"", b"a request that wants no proof"])
@pytest.mark.attack("A09", refused="TLS-003")
def test_a_captured_session_is_of_no_use(early: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A09: whoever comes back must show a key again, and what he sent early was not heard."""
    visitor = Visitor()
    with monkeypatch.context() as patch:
        twins.load("A09").apply(patch)
        visitor.visit(OneTimeIdentity.generate())
    with fails("TLS-003"):
        visitor.visit(None, early)


@pytest.mark.attack("A09", refused="TLS-003")
def test_nothing_is_given_to_come_back_with() -> None:
    """A09: the session of an honest visit is worth nothing without the key."""
    visitor = Visitor()
    visitor.visit(OneTimeIdentity.generate())
    with fails("TLS-003"):
        visitor.visit(None)


@pytest.mark.twin("A09")
def test_twin_of_an_older_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A09: a listener that does not insist on TLS 1.3 speaks 1.2."""
    twins.load("A09").apply(monkeypatch)
    Visitor(SSL.TLS1_2_VERSION).visit(OneTimeIdentity.generate())


@pytest.mark.twin("A09")
def test_twin_of_a_captured_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A09: where tickets are given out, the holder of one needs no key."""
    twins.load("A09").apply(monkeypatch)
    visitor = Visitor()
    visitor.visit(OneTimeIdentity.generate())
    visitor.visit(None)


@pytest.mark.attack("A10", refused="TLS-003")
def test_a_client_without_a_certificate_is_refused() -> None:
    """A10: whoever shows no key ends in the TLS handshake."""
    with fails("TLS-003"):
        Visitor().visit(None)
