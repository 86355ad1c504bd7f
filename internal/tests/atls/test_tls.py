"""What TLS itself must refuse, and what is bound to it."""
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import socket
import ssl
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from asterism.atls import certificate, tls
from asterism.atls.certificate import OneTimeIdentity, require_acceptable
from asterism.atls.purpose import Purpose, Role
from asterism.atls.session import dial
from asterism.atls.stream import Deadline, TlsStream
from asterism.errors import AttestationError, Error, LocalProtocolError, RemoteProtocolError


def shake(context: SSL.Context, sock: socket.socket, session=None) -> SSL.Connection:
    """A client of pyOpenSSL with any configuration."""
    client = SSL.Connection(context, sock)
    client.set_connect_state()
    if session is not None:
        client.set_session(session)
    sock.setblocking(True)
    client.do_handshake()
    return client


def client_context(identity: OneTimeIdentity | None = None) -> SSL.Context:
    """A client that would do everything right, to be spoilt by a test."""
    return tls.context(Role.DIALLER, identity or OneTimeIdentity.generate())


def test_the_session_is_tls_1_3_with_a_post_quantum_group(stage) -> None:
    """And with our own protocol name."""
    near, far = stage.pair()
    dialling, listening = stage.tls(near, Role.DIALLER), stage.tls(far, Role.LISTENER)
    listening.result(10)
    connection = dialling.result(10)._tls

    assert connection.get_protocol_version_name() == "TLSv1.3"
    assert connection.get_group_name() == "X25519MLKEM768"
    assert connection.get_alpn_proto_negotiated() == b"asterism/1"


def test_tls_1_2_is_refused(stage) -> None:
    """A09: a client that offers nothing newer gets no session."""
    near, far = stage.pair()
    listening = stage.tls(far, Role.LISTENER)
    with pytest.raises(SSL.Error):
        shake(tls_1_2(), near)

    assert_failed(listening, "TLS-003")


def test_tls_1_2_twin_where_it_is_allowed(stage, monkeypatch) -> None:
    """A listener that does not insist speaks TLS 1.2."""
    strict = tls.context

    def lax(role: Role, identity: OneTimeIdentity) -> SSL.Context:
        context = strict(role, identity)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        return context

    monkeypatch.setattr(tls, "context", lax)
    near, far = stage.pair()
    listening = stage.tls(far, Role.LISTENER)
    client = shake(tls_1_2(), near)
    listening.result(10)

    assert client.get_protocol_version_name() == "TLSv1.2"


def tls_1_2() -> SSL.Context:
    """A client of an older time."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    identity = OneTimeIdentity.generate()
    context.use_certificate(identity.certificate)
    context.use_privatekey(identity.key)
    context.set_alpn_protos([tls.ALPN])
    return context


def test_a_client_without_certificate_is_refused(stage) -> None:
    """A10: there is no way around proving possession of a key."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_alpn_protos([tls.ALPN])
    near, far = stage.pair()
    listening = stage.tls(far, Role.LISTENER)
    shake(context, near)

    assert_failed(listening, "TLS-003")


@pytest.mark.parametrize("protocols", [None, [b"h2", b"http/1.1"]])
def test_another_application_protocol_is_refused(stage, protocols) -> None:
    """Neither a browser nor a gRPC client gets as far as a hello."""
    identity = OneTimeIdentity.generate()
    context = SSL.Context(SSL.TLS_METHOD)
    context.use_certificate(identity.certificate)
    context.use_privatekey(identity.key)
    if protocols:
        context.set_alpn_protos(protocols)
    near, far = stage.pair()
    listening = stage.tls(far, Role.LISTENER)
    shake(context, near)

    assert_failed(listening, "TLS-003")


def assert_failed(future, error_id: str) -> None:
    """The handshake of our side ended with this error."""
    with pytest.raises(Error) as caught:
        future.result(10)
    assert caught.value.error_id == error_id


# A09: coming back


class Returning:
    """A client that comes back with what it was given the last time."""

    def __init__(self, stage) -> None:
        self._stage = stage
        identity = OneTimeIdentity.generate()
        self._context = SSL.Context(SSL.TLS_METHOD)
        self._context.use_certificate(identity.certificate)
        self._context.use_privatekey(identity.key)
        self._context.set_alpn_protos([tls.ALPN])
        self._context.set_verify(SSL.VERIFY_PEER, self._see)
        self._seen = 0
        self._session: SSL.Session | None = None

    def _see(self, *_: object) -> bool:
        self._seen += 1
        return True

    def visit(self, listener_context: SSL.Context) -> bool:
        """Connect; whether the listener showed its certificate, so whether nothing was resumed."""
        near, far = self._stage.pair()

        def answer() -> None:
            far.setblocking(True)
            server = SSL.Connection(listener_context, far)
            server.set_accept_state()
            server.do_handshake()
            server.send(b"after the tickets")

        answering = self._stage.background(answer)
        before = self._seen
        client = shake(self._context, near, self._session)
        client.recv(100)
        self._session = client.get_session()
        client.shutdown()  # OpenSSL forgets sessions that ended without a good-bye
        answering.result(10)
        return self._seen > before


def test_a_captured_ticket_is_of_no_use(stage) -> None:
    """A09: the listener's next session knows nothing of the last one."""
    client = Returning(stage)

    for _ in range(3):
        assert client.visit(tls.context(Role.LISTENER, OneTimeIdentity.generate()))


def test_nothing_is_resumed_even_with_one_context(stage) -> None:
    """A09: were a context ever shared, its options alone would still prevent it."""
    client = Returning(stage)
    shared = tls.context(Role.LISTENER, OneTimeIdentity.generate())
    shared.set_session_id(b"shared")

    for _ in range(3):
        assert client.visit(shared)


def test_a_captured_ticket_twin_with_openssls_defaults(stage) -> None:
    """A context of many sessions that issues tickets resumes them without a certificate."""
    client = Returning(stage)
    identity = OneTimeIdentity.generate()
    shared = SSL.Context(SSL.TLS_METHOD)
    shared.use_certificate(identity.certificate)
    shared.use_privatekey(identity.key)
    shared.set_session_id(b"shared")

    assert client.visit(shared)
    assert not client.visit(shared)


# A02: reading the exporter


def test_the_exporter_cannot_be_read_early(stage) -> None:
    """A02: it means nothing before the handshake is complete."""
    near, _ = stage.pair()
    early = TlsStream(near, Role.DIALLER, OneTimeIdentity.generate())
    with pytest.raises(LocalProtocolError, match="TLS-002"):
        early.channel_keys()
    early.close()


def test_the_exporter_cannot_be_read_after_a_failed_handshake(stage) -> None:
    """Nor when it ended before its end."""
    near, far = stage.pair()
    broken = TlsStream(near, Role.DIALLER, OneTimeIdentity.generate())
    far.close()
    with pytest.raises(RemoteProtocolError):
        broken.handshake(Deadline(5))
    with pytest.raises(LocalProtocolError, match="TLS-002"):
        broken.channel_keys()
    broken.close()


# Certificates and deadlines


def self_signed(key: ec.EllipticCurvePrivateKey, padding: int = 0) -> x509.Certificate:
    """A certificate like ours, but with this key and a long name."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")] * (1 + padding))
    return x509.CertificateBuilder(
        name,
        name,
        key.public_key(),
        1,
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    ).sign(key, hashes.SHA256())


def test_only_one_small_certificate_with_a_p256_key_is_acceptable() -> None:
    """Another curve, a chain, a heap of names: nothing that we would make."""
    good = OneTimeIdentity.generate().certificate
    assert require_acceptable([good]) is good
    p256 = ec.generate_private_key(ec.SECP256R1())
    other_curve = self_signed(ec.generate_private_key(ec.SECP384R1()))
    for chain in ([], [good, other_curve], [other_curve], [self_signed(p256, 80)]):
        with pytest.raises(AttestationError, match="TLS-028"):
            require_acceptable(chain)


def test_another_curve_is_refused_by_a_listener(stage) -> None:
    """The rule holds in the handshake."""
    key = ec.generate_private_key(ec.SECP384R1())
    near, far = stage.pair()
    listening = stage.tls(far, Role.LISTENER)
    shake(client_context(OneTimeIdentity(key, self_signed(key))), near)

    assert_failed(listening, "TLS-028")


def test_one_time_keys_differ() -> None:
    """Each session has a key of its own."""
    keys = {certificate.spki(OneTimeIdentity.generate().certificate) for _ in range(8)}
    assert len(keys) == 8


@pytest.mark.parametrize("role", list(Role))
def test_a_silent_peer_runs_into_the_deadline(stage, cast, role) -> None:
    """Whoever waits, waits as long as he said."""
    near, _far = stage.pair()
    if role is Role.DIALLER:
        waiting = stage.dial(near, Purpose.MESH, timeout=0.2)
    else:
        waiting = stage.accept(near, cast.terms(Purpose.MESH), timeout=0.2)
    assert_failed(waiting, "TLS-005")


def test_a_peer_that_is_silent_inside_tls_runs_into_the_deadline(stage, cast) -> None:
    """The deadline is for all of it, not for each step."""
    near, far = stage.pair()
    listening = stage.accept(far, cast.terms(Purpose.MESH), timeout=0.4)
    stage.tls(near, Role.DIALLER).result(10)

    assert_failed(listening, "TLS-005")


def test_an_address_where_nobody_listens(cast) -> None:
    """The dialler says so with an ID of its own."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        address = unused.getsockname()
    with pytest.raises(Error) as caught:
        dial(
            address,
            Purpose.MESH,
            cast.left,
            cast.verifier,
            server_name="attest.asterism.internal",
            timeout=2,
        )
    assert caught.value.error_id == "TLS-006"


def test_the_standard_library_meets_only_alerts(stage) -> None:
    """An ordinary HTTPS client is turned away."""
    near, far = stage.pair()
    listening = stage.tls(far, Role.LISTENER)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.wrap_socket(near, server_hostname="node").close()

    assert_failed(listening, "TLS-003")
