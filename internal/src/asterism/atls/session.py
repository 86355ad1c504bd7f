"""Attested sessions: dial or accept one, then send and receive as one likes.

Whoever holds a `Session` holds a TLS connection of which both ends have proven who they are, each
to the other, before anything else was said (docs/design/attested-session.md).
"""

import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from asterism.atls.binder import ChannelKeys
from asterism.atls.certificate import OneTimeIdentity
from asterism.atls.claims import SessionClaims
from asterism.atls.conversation import Terms, converse
from asterism.atls.prover import Prover
from asterism.atls.purpose import Purpose, Role
from asterism.atls.stream import RECORD_SIZE, Deadline, TlsStream
from asterism.atls.verifier import Verifier
from asterism.errors import RemoteProtocolError, UserError

__all__ = ["Address", "Session", "Terms", "accept", "dial"]

Address = tuple[str, int]

_KEEPALIVE = {
    socket.TCP_NODELAY: 1,
    socket.TCP_KEEPIDLE: 30,
    socket.TCP_KEEPINTVL: 10,
    socket.TCP_KEEPCNT: 3,
    socket.TCP_USER_TIMEOUT: 60_000,
}
"""A peer that vanished is noticed within a minute."""


class Session:
    """An open attested session. One thread may send while another receives; any may close it."""

    def __init__(
        self, stream: TlsStream, claims: SessionClaims, keys: ChannelKeys, rest: bytes = b""
    ) -> None:
        self._stream = stream
        self._rest = memoryview(rest)
        self.claims = claims
        """What the peer has proven."""
        self.peer_spki = keys.spki(claims.role)
        """DER public key of the peer's one-time certificate."""
        self.exporter = keys.exporter
        """32 bytes that only the two ends of this session know."""

    def send(self, data: bytes | bytearray | memoryview, *, timeout: float | None = None) -> None:
        """All of `data`. Errors as `recv_into`; after one the session is of no more use."""
        self._stream.send(data, Deadline(timeout))

    def recv(self, size: int = RECORD_SIZE, *, timeout: float | None = None) -> bytes:
        """From 1 to `size` bytes (at most one TLS record); empty once the peer has closed."""
        buffer = bytearray(min(size, RECORD_SIZE))
        return bytes(buffer[: self.recv_into(buffer, timeout=timeout)])

    def recv_into(self, buffer: bytearray | memoryview, *, timeout: float | None = None) -> int:
        """As `recv`, into `buffer`; 0 once the peer has closed.

        RemoteProtocolError TLS-004 when the connection was cut, Error TLS-007 when this side has
        closed it, UserError TLS-005 after `timeout` seconds.
        """
        if self._rest:
            count = min(len(buffer), len(self._rest))
            buffer[:count], self._rest = self._rest[:count], self._rest[count:]
            return count
        return self._stream.recv_into(buffer, Deadline(timeout))

    def close(self) -> None:
        """End the session at once, in every thread; harmless when it is closed already."""
        self._stream.close()

    def __enter__(self) -> Self:
        """The session itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def dial(
    target: socket.socket | Address,
    purpose: Purpose,
    prover: Prover,
    verifier: Verifier,
    *,
    server_name: str,
    timeout: float,
) -> Session:
    """Open a session of `purpose` with whoever answers at `target`, or on that connected socket.

    `server_name` is for relays to route by. `timeout` (seconds) bounds all of it, connecting
    included. The socket belongs to the session, and is closed on any error.

    PeerRefusedError with the peer's ID when it refuses us, AttestationError when we refuse it,
    RemoteProtocolError for a peer that breaks the protocol, UserError TLS-005/006.
    """
    deadline = Deadline(timeout)
    sock = target if isinstance(target, socket.socket) else _connect(target, timeout)
    terms = {purpose: Terms(prover, verifier)}
    return _establish(sock, Role.DIALLER, terms, deadline, server_name)


def accept(sock: socket.socket, terms: Mapping[Purpose, Terms], *, timeout: float) -> Session:
    """Answer one session on a connected socket; the keys of `terms` are the purposes allowed.

    Errors and the fate of the socket are those of `dial`.
    """
    return _establish(sock, Role.LISTENER, terms, Deadline(timeout), None)


def _establish(
    sock: socket.socket,
    role: Role,
    terms: Mapping[Purpose, Terms],
    deadline: Deadline,
    server_name: str | None,
) -> Session:
    try:
        _prepare(sock)
        stream = TlsStream(sock, role, OneTimeIdentity.generate())
    except OSError as exc:
        sock.close()
        raise RemoteProtocolError("TLS-004", "the peer left at once", reason=str(exc)) from exc
    try:
        if server_name is not None:
            stream.set_server_name(server_name)
        stream.handshake(deadline)
        keys = stream.channel_keys()
        claims, rest = converse(stream, role, terms, keys, deadline)
    except BaseException:
        stream.close()
        raise
    return Session(stream, claims, keys, rest)


def _connect(address: Address, timeout: float) -> socket.socket:
    try:
        return socket.create_connection(address, timeout)
    except OSError as exc:
        where = f"{address[0]}:{address[1]}"
        raise UserError("TLS-006", f"no connection to {where}", reason=str(exc)) from exc


def _prepare(sock: socket.socket) -> None:
    """No delays for small messages, and an end to connections whose peer vanished."""
    if sock.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE.items():
        sock.setsockopt(socket.IPPROTO_TCP, option, value)
