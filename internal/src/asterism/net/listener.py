"""The attest port of a node: attested sessions, and the way through to the API server.

Everything here runs before anything is known about the peer. So each handshake has a deadline,
and strangers may hold only so many connections: those in a handshake, sessions of purpose `verify`
whose dialler proves nothing, and, counted apart, ways through to the API server. When there are too
many, the oldest of the address that holds most of them gives way. A flood of connections thus
cannot keep an honest peer out, who needs a fraction of a second (CVE-2023-38200).
"""

import logging
import select
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress

from asterism import clock
from asterism.atls.purpose import Purpose
from asterism.atls.session import Address, Session, Terms, accept
from asterism.attestation.claims import AnonymousClaims
from asterism.config.network import API_SERVER_NAME
from asterism.errors import Error, RemoteProtocolError, UserError
from asterism.net.client_hello import MAXIMUM_SIZE, MoreBytesNeeded, server_name
from asterism.net.half_open import HalfOpen
from asterism.net.splice import splice

_log = logging.getLogger(__name__)

BACKLOG = 512
HELLO_TIMEOUT = 5.0
"""Seconds for the client hello."""
HANDSHAKE_TIMEOUT = 20.0
"""Seconds for the rest: a TPM quote on a busy host takes some."""
PASSING_PER_ADDRESS = 128
"""The relay is one address for all of the owner's programs."""
_CONNECT_TIMEOUT = 5.0
_GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR
_ACCEPT_PAUSE = 0.1


class Listener:
    """Answers one listening socket with a thread for each connection.

    `terms` gives the purposes served at this moment, `api_server` the address that the server name
    `kubernetes` leads to (None: not yet), `on_session` gets each open session in a thread of its
    own and owns it. `half_open` bounds what strangers may hold open, `passing` what they may hold
    open to the API server, which knows its users itself.
    """

    def __init__(
        self,
        sock: socket.socket,
        *,
        terms: Callable[[], Mapping[Purpose, Terms]],
        api_server: Callable[[], Address | None],
        on_session: Callable[[Session], None],
        half_open: HalfOpen | None = None,
        passing: HalfOpen | None = None,
    ) -> None:
        self._socket = sock
        self._terms = terms
        self._api_server = api_server
        self._on_session = on_session
        self._half_open = HalfOpen() if half_open is None else half_open
        self._passing = HalfOpen(PASSING_PER_ADDRESS) if passing is None else passing
        self._closed = False

    def serve(self) -> None:
        """Accept until `close`."""
        self._socket.listen(BACKLOG)
        while True:
            try:
                connection, address = self._socket.accept()
            except OSError as exc:
                if self._closed:
                    return
                _log.warning("cannot accept: %s", exc)
                clock.sleep(_ACCEPT_PAUSE)
                continue
            self._start(connection, str(address[0]))

    def close(self) -> None:
        """Stop accepting; sessions go on."""
        self._closed = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _start(self, connection: socket.socket, address: str) -> None:
        # Taken here and not in the thread: places are taken in the order in which peers came.
        place = self._half_open.place(connection, address)
        words = (connection, address, place)
        threading.Thread(
            target=self._answer, args=words, name=f"attest-{address}", daemon=True
        ).start()

    def _answer(
        self, connection: socket.socket, address: str, place: AbstractContextManager[None]
    ) -> None:
        try:
            with place:
                session = self._open(connection)
                if session is not None and isinstance(session.claims.subject, AnonymousClaims):
                    self._on_session(session)
                    return
            if session is not None:
                self._on_session(session)
                return
            with self._passing.place(connection, address):
                self._pass_to_api(connection)
        except (Error, OSError) as exc:
            _log.info("connection from %s ended: %s", address, exc)
        except Exception:  # noqa: BLE001 - whatever failed, the socket must not stay open
            _log.exception("connection from %s failed", address)
        connection.close()

    def _open(self, connection: socket.socket) -> Session | None:
        """The session that the peer wants, or None if it wants the API server."""
        if peek_server_name(connection, HELLO_TIMEOUT) == API_SERVER_NAME:
            return None
        return accept(connection, self._terms(), timeout=HANDSHAKE_TIMEOUT)

    def _pass_to_api(self, connection: socket.socket) -> None:
        """The API server speaks TLS with the peer itself; here only bytes pass."""
        target = self._api_server()
        if target is None:
            return
        with socket.create_connection(target, _CONNECT_TIMEOUT) as server:
            server.settimeout(None)
            connection.settimeout(None)
            splice(connection, server)


def peek_server_name(connection: socket.socket, timeout: float) -> str | None:
    """The server name of the client hello that waits on `connection`; nothing is consumed.

    UserError TLS-005 when it is not whole in time, RemoteProtocolError TLS-004 when the peer
    leaves, TLS-040 when it is no client hello.
    """
    deadline = clock.monotonic() + timeout
    poll = select.poll()
    poll.register(connection, select.POLLIN | select.POLLRDHUP)
    try:
        while (left := deadline - clock.monotonic()) > 0:
            for _, event in poll.poll(int(left * 1000) + 1):
                data = connection.recv(MAXIMUM_SIZE, socket.MSG_PEEK | socket.MSG_DONTWAIT)
                with suppress(MoreBytesNeeded):
                    return server_name(data)
                if event & _GONE:
                    raise RemoteProtocolError("TLS-004", "the peer left before its client hello")
                _wake_beyond(connection, len(data))
    finally:
        _wake_beyond(connection, 0)
    raise UserError("TLS-005", "no client hello in time")


def _wake_beyond(connection: socket.socket, count: int) -> None:
    """Let poll(2) report input only above `count` bytes: what was peeked at stays in the queue."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count + 1)
