"""A TLS connection over a socket as a byte stream that a reader and a writer thread may share.

An OpenSSL connection may be used by one thread at a time. The socket never blocks, so every call
into OpenSSL is short and runs under one lock; waiting for the peer happens outside of it.
"""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn, TypeVar

from cryptography import x509
from OpenSSL import SSL

from asterism import clock
from asterism.atls import tls
from asterism.atls.binder import EXPORTER_SIZE, ChannelKeys
from asterism.atls.certificate import OneTimeIdentity, require_acceptable, spki
from asterism.atls.purpose import Role
from asterism.errors import Error, LocalProtocolError, RemoteProtocolError, UserError

RECORD_SIZE = 1 << 14
"""Most bytes of one TLS record, so of one `recv` (RFC 8446, section 5.1)."""
WRITE_SIZE = 1 << 16
"""Bytes handed to OpenSSL at once: few calls, yet a short time under the lock."""

_T = TypeVar("_T")


class Deadline:
    """A point in monotonic time, or never."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else clock.monotonic() + seconds

    def milliseconds_left(self) -> int | None:
        """For poll(2): None waits for ever. UserError TLS-005 once it has passed."""
        if self._end is None:
            return None
        left = self._end - clock.monotonic()
        if left <= 0:
            raise UserError("TLS-005", "the peer took too long")
        return int(left * 1000) + 1


class TlsStream:
    """One side of one TLS connection. Owns the socket from the first call on."""

    def __init__(self, sock: socket.socket, role: Role, identity: OneTimeIdentity) -> None:
        sock.setblocking(False)
        self._socket = sock
        self.peer = _address_of(sock)
        """The peer's address, for logs."""
        self._role = role
        self._identity = identity
        self._tls = SSL.Connection(tls.context(role, identity), sock)
        self._established = False
        self._closed = False
        self._users = 0
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        if role is Role.DIALLER:
            self._tls.set_connect_state()
        else:
            self._tls.set_accept_state()

    def set_server_name(self, name: str) -> None:
        """The TLS server name that a dialler shows to relays; it proves nothing."""
        self._tls.set_tlsext_host_name(name.encode("ascii"))

    def handshake(self, deadline: Deadline) -> None:
        """Complete the TLS handshake.

        RemoteProtocolError TLS-003/004, AttestationError TLS-028, UserError TLS-005.
        """
        self._call(self._tls.do_handshake, deadline)
        if self._tls.get_alpn_proto_negotiated() != tls.ALPN:
            raise RemoteProtocolError("TLS-003", "the peer does not speak asterism/1")
        self._peer = require_acceptable(self._peer_certificates())
        self._established = True

    def channel_keys(self) -> ChannelKeys:
        """What binds proofs to this connection; LocalProtocolError TLS-002 before it stands.

        The exporter means nothing before both Finished messages were verified.
        """
        if not self._established:
            raise LocalProtocolError("TLS-002", "no exporter before the TLS handshake is complete")
        own, peer = spki(self._identity.certificate), spki(self._peer)
        dialler, listener = (own, peer) if self._role is Role.DIALLER else (peer, own)
        with self._lock:
            exporter = self._tls.export_keying_material(tls.EXPORTER_LABEL, EXPORTER_SIZE)
        return ChannelKeys(dialler, listener, exporter)

    def recv_into(self, buffer: bytearray | memoryview, deadline: Deadline) -> int:
        """Bytes of at most one record into `buffer`; 0 once the peer has said good-bye.

        RemoteProtocolError TLS-004 when the connection was cut instead, Error TLS-007 when this
        side has closed it, UserError TLS-005.
        """
        size = min(len(buffer), RECORD_SIZE)
        return self._call(lambda: self._read(buffer, size), deadline)

    def send(self, data: bytes | bytearray | memoryview, deadline: Deadline) -> None:
        """All of `data`, never interleaved with another thread's. Errors as `recv_into`.

        After an error nobody knows how much was sent: close the stream.
        """
        view = memoryview(data)
        with self._sending:
            for start in range(0, len(view), WRITE_SIZE):
                piece = view[start : start + WRITE_SIZE]
                self._call(lambda piece=piece: self._tls.send(piece), deadline)  # type: ignore[misc]

    def end(self, seconds: float) -> None:
        """Say good-bye and close, but let the peer read what was sent before.

        Closing a socket with unread input would make the kernel discard what the peer has not
        read yet, so input is thrown away for at most `seconds`.
        """
        with self._lock, suppress(SSL.Error):
            self._tls.shutdown()
        deadline = Deadline(seconds)
        with suppress(OSError, Error):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(0)
            scrap = bytearray(RECORD_SIZE)
            while self._poll(select.POLLIN, deadline) and self._socket.recv_into(scrap):
                pass
        self.close()

    def close(self) -> None:
        """Say good-bye if possible and end; threads that wait in here get Error TLS-007."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            with suppress(SSL.Error):
                self._tls.shutdown()
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._release()

    def _peer_certificates(self) -> list[x509.Certificate]:
        """The peer's own certificate, then whatever else it sent.

        OpenSSL puts the first into the chain on the dialler's side only.
        """
        own = self._tls.get_peer_certificate(as_cryptography=True)
        if own is None:
            return []
        chain = self._tls.get_peer_cert_chain(as_cryptography=True) or []
        return [own, *(other for other in chain if other != own)]

    def _read(self, buffer: bytearray | memoryview, size: int) -> int:
        try:
            return self._tls.recv_into(buffer, size)
        except SSL.ZeroReturnError:
            return 0

    def _call(self, operation: Callable[[], _T], deadline: Deadline) -> _T:
        """Run `operation` under the lock until it neither wants to read nor to write."""
        while True:
            with self._lock:
                if self._closed:
                    raise Error("TLS-007", "the session was closed")
                try:
                    return operation()
                except SSL.WantReadError:
                    event = select.POLLIN
                except SSL.WantWriteError:
                    event = select.POLLOUT
                except SSL.Error as exc:
                    self._fail(exc)
                self._users += 1
            with self._leaving():
                self._poll(event, deadline)

    def _poll(self, event: int, deadline: Deadline) -> bool:
        """Wait for the socket; UserError TLS-005 when the deadline passes first."""
        poll = select.poll()
        poll.register(self._socket, event)
        while not poll.poll(deadline.milliseconds_left()):
            pass
        return True

    def _fail(self, exc: SSL.Error) -> NoReturn:
        """Translate: before the handshake is complete any failure is one of the handshake."""
        if not self._established:
            raise RemoteProtocolError("TLS-003", "no TLS session", reason=str(exc)) from exc
        raise RemoteProtocolError("TLS-004", "connection cut", reason=str(exc)) from exc

    @contextmanager
    def _leaving(self) -> Iterator[None]:
        """The descriptor may be closed, and its number reused, only when nobody waits on it."""
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._closed:
                    self._release()

    def _release(self) -> None:
        if self._users == 0:
            self._socket.close()


def _address_of(sock: socket.socket) -> str:
    """OSError when the peer has left already."""
    address = sock.getpeername()
    return f"{address[0]}:{address[1]}" if isinstance(address, tuple) else "this host"
