"""What OpenSSL and the kernel are told about a session's connection."""
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import socket
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL
from OpenSSL._util import lib

from asterism import clock
from asterism.atls import tls
from asterism.atls.certificate import MAXIMUM_SIZE, OneTimeIdentity
from asterism.atls.purpose import Purpose, Role
from asterism.atls.session import Session, accept, dial
from asterism.atls.stream import Deadline, TlsStream
from asterism.errors import Error, InternalError, RemoteProtocolError, UserError


@pytest.mark.parametrize("role", list(Role))
def test_a_context_gives_nothing_away_and_keeps_nothing(role) -> None:
    """No tickets, renegotiation, compression or cache; a certificate is asked of both sides."""
    context = tls.context(role, OneTimeIdentity.generate())
    options = context.set_options(0)
    for option in (SSL.OP_NO_TICKET, SSL.OP_NO_RENEGOTIATION, SSL.OP_NO_COMPRESSION):
        assert options & option
    assert context.get_session_cache_mode() == SSL.SESS_CACHE_OFF
    assert context.get_verify_mode() == SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
    assert context.get_verify_depth() == 0


def test_only_suites_of_tls_1_3_are_offered() -> None:
    """The three that every implementation has, the strongest first."""
    context = tls.context(Role.DIALLER, OneTimeIdentity.generate())
    suites = [name for name in SSL.Connection(context).get_cipher_list() if name.startswith("TLS_")]
    assert suites == [
        "TLS_AES_256_GCM_SHA384",
        "TLS_AES_128_GCM_SHA256",
        "TLS_CHACHA20_POLY1305_SHA256",
    ]


def meet(stage, context: SSL.Context) -> SSL.Connection:
    """A client with a context of its own that meets a listener of ours."""
    near, far = stage.pair()
    listening = stage.tls(far, Role.LISTENER)
    near.setblocking(True)
    client = SSL.Connection(context, near)
    client.set_connect_state()
    try:
        client.do_handshake()
    finally:
        error = listening.exception(10)
        assert error is None or isinstance(error, RemoteProtocolError)
    return client


@pytest.mark.parametrize("group", [b"X25519MLKEM768", b"X25519", b"P-256"])
def test_each_of_the_groups_opens_a_session(stage, group) -> None:
    """A client that has only one of them."""
    context = tls.context(Role.DIALLER, OneTimeIdentity.generate())
    lib.SSL_CTX_set1_curves_list(context._context, group)
    assert meet(stage, context).get_protocol_version_name() == "TLSv1.3"


def test_no_other_group_opens_a_session(stage) -> None:
    """There is no need of more."""
    context = tls.context(Role.DIALLER, OneTimeIdentity.generate())
    lib.SSL_CTX_set1_curves_list(context._context, b"P-384")
    with pytest.raises(SSL.Error):
        meet(stage, context)


def test_an_openssl_without_the_groups_is_refused(monkeypatch) -> None:
    """Rather than agreeing on what it has."""
    monkeypatch.setattr(tls, "GROUPS", b"nonsense")
    with pytest.raises(InternalError) as caught:
        tls.context(Role.DIALLER, OneTimeIdentity.generate())
    assert caught.value.error_id == "INT-001"


def test_the_exporter_is_the_standards_under_our_label(stage) -> None:
    """Another implementation computes the same 32 bytes (RFC 5705)."""
    near, far = stage.pair()
    listening = stage.tls(far, Role.LISTENER)
    near.setblocking(True)
    identity = OneTimeIdentity.generate()
    client = SSL.Connection(tls.context(Role.DIALLER, identity), near)
    client.set_connect_state()
    client.do_handshake()
    keys = listening.result(10).channel_keys()
    exported = client.export_keying_material(b"EXPORTER-asterism-attested-session-v1", 32)
    assert keys.exporter == exported


def test_the_server_name_is_for_relays(stage) -> None:
    """It stands in the client hello as it was given."""
    near, far = stage.pair()
    stream = TlsStream(near, Role.DIALLER, OneTimeIdentity.generate())
    stream.set_server_name("node.attest.asterism.internal")
    stage.background(lambda: stream.handshake(Deadline(5)))
    far.settimeout(5)
    assert b"node.attest.asterism.internal" in far.recv(4096)
    stream.close()


def test_one_time_certificates_say_nothing() -> None:
    """A name that all have, dates that all have, a serial number that is random and positive."""
    one, other = OneTimeIdentity.generate(), OneTimeIdentity.generate()
    certificate = one.certificate
    assert isinstance(one.key.curve, ec.SECP256R1)
    assert certificate.subject.rfc4514_string() == "CN=asterism session"
    assert certificate.issuer == certificate.subject == other.certificate.subject
    assert certificate.not_valid_before_utc == datetime(2026, 1, 1, tzinfo=UTC)
    assert certificate.not_valid_after_utc == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(36500)
    assert certificate.serial_number != other.certificate.serial_number
    assert certificate.serial_number.bit_length() <= 127
    assert MAXIMUM_SIZE == 1024
    assert "key" not in repr(one)


OPTIONS = {
    "no delay": (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    "keep alive": (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    "idle": (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    "interval": (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    "count": (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    "unanswered": (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 60_000),
}


def test_a_peer_that_vanished_is_noticed_within_a_minute(stage, cast) -> None:
    """Both sides of a connection over TCP ask the kernel for it; addresses are for the log."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        terms = cast.terms(Purpose.MESH)
        listening = stage.background(lambda: accept(server.accept()[0], terms, timeout=10))
        dialler = dial(
            address,
            Purpose.MESH,
            cast.left,
            cast.verifier,
            server_name="node.attest.asterism.internal",
            timeout=10,
        )
    listener = listening.result(10)
    with dialler, listener:
        for session in (dialler, listener):
            for level, option, value in OPTIONS.values():
                assert session._stream._socket.getsockopt(level, option) == value
        assert dialler._stream.peer == f"127.0.0.1:{address[1]}"
    assert dialler._stream._socket.fileno() == -1


def test_a_peer_on_this_host_has_no_address(stage) -> None:
    """Nor options of TCP."""
    dialler, _ = stage.play(Purpose.MESH).sessions
    assert dialler._stream.peer == "this host"


def test_nobody_at_an_address_is_the_callers_affair(stage, cast) -> None:
    """The address is named; nothing is left open."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    with pytest.raises(UserError) as caught:
        dial(address, Purpose.MESH, cast.left, cast.verifier, server_name="x", timeout=2)
    assert caught.value.error_id == "TLS-006"
    assert f"127.0.0.1:{address[1]}" in caught.value.detail


def test_a_peer_that_is_gone_before_the_first_byte(cast) -> None:
    """Is not the caller's fault, and the socket is closed."""
    lonely = socket.socket()
    with pytest.raises(RemoteProtocolError) as caught:
        accept(lonely, cast.terms(Purpose.MESH), timeout=2)
    assert caught.value.error_id == "TLS-004"
    assert lonely.fileno() == -1


def test_a_socket_is_closed_when_no_session_comes_of_it(stage, cast) -> None:
    """Whatever the reason."""
    near, far = stage.pair()
    far.close()
    with pytest.raises(Error):
        dial(near, Purpose.MESH, cast.left, cast.verifier, server_name="x", timeout=2)
    assert near.fileno() == -1


def test_a_deadline_is_one_point_in_time(monkeypatch) -> None:
    """Milliseconds are rounded up, so that nobody polls too early; never is never."""
    now = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    deadline = Deadline(2.5)
    assert deadline.milliseconds_left() == 2501
    now[0] = 102.4999
    assert deadline.milliseconds_left() == 1
    for later in (102.5, 103.0):
        now[0] = later
        with pytest.raises(UserError) as caught:
            deadline.milliseconds_left()
        assert caught.value.error_id == "TLS-005"
    assert Deadline(None).milliseconds_left() is None


class Later:
    """A stream on which more comes after what was early."""

    def __init__(self) -> None:
        self.asked = 0

    def recv_into(self, buffer, deadline) -> int:
        self.asked += 1
        buffer[:5] = b"later"
        return 5


def test_early_data_comes_first(stage) -> None:
    """What arrived with the last verdict is read before anything else, in any pieces."""
    claims = stage.play(Purpose.MESH).sessions[0]
    keys = claims._stream.channel_keys()
    later = Later()
    session = Session(later, claims.claims, keys, b"early")  # type: ignore[arg-type]
    assert session.recv(2) == b"ea"
    assert session.recv(100) == b"rly"
    assert later.asked == 0
    assert session.recv(100) == b"later"
    assert session.peer_spki == keys.listener_spki


def test_a_read_is_at_most_one_record(stage) -> None:
    """However large the buffer; and however small."""
    dialler, listener = stage.play(Purpose.MESH).sessions
    dialler.send(bytes(100_000))
    assert len(listener.recv(1_000_000, timeout=5)) <= 1 << 14
    assert len(listener.recv(3, timeout=5)) == 3


def test_a_failing_block_closes_the_session(stage) -> None:
    """As does leaving it in peace; closing twice is harmless."""
    dialler, listener = stage.play(Purpose.MESH).sessions
    with pytest.raises(ZeroDivisionError), dialler:
        _ = 1 / 0
    dialler.close()
    assert listener.recv(timeout=5) == b""
    with pytest.raises(Error) as caught:
        dialler.send(b"x")
    assert caught.value.error_id == "TLS-007"
