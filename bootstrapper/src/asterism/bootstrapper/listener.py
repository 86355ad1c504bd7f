"""The one port of a node: attested sessions, and by TLS server name the way to the API server.

Whoever wants the API server speaks TLS with it end to end; this side only moves bytes, as the
relay on the owner's computer does. Everything else must be an attested session.
"""

import contextlib
import logging
import socket
import threading

from asterism.net.client_hello import server_name

from asterism import clock
from asterism.atls import session
from asterism.atls.grpc_bridge import ServerBridge
from asterism.bootstrapper.node import Node
from asterism.config import network
from asterism.errors import Error
from asterism.net.splice import splice

_log = logging.getLogger(__name__)

BACKLOG = 64
HANDSHAKE_TIMEOUT = 15.0
HELLO_TIMEOUT = 5.0
HELLO_SIZE = 1 << 14
PEEK_PAUSE = 0.01
ACCEPT_PAUSE = 0.1
RECORD_HEADER = 5
HANDSHAKE_RECORD = b"\x16"
CONNECTIONS_AT_ONCE = 512
"""Strangers may open connections; more than this many at a time are closed unheard."""


class Listener:
    """Answers the attest port, one thread for each connection."""

    def __init__(self, node: Node, bridge: ServerBridge) -> None:
        self._node = node
        self._bridge = bridge
        self._places = threading.BoundedSemaphore(CONNECTIONS_AT_ONCE)
        address = (str(node.machine.underlay_address), network.ATTEST_PORT)
        self._socket = socket.create_server(address, backlog=BACKLOG)

    def start(self) -> None:
        """Begin to answer."""
        threading.Thread(target=self._run, name="listener", daemon=True).start()

    def close(self) -> None:
        """Answer nobody from now on; open sessions go on."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _run(self) -> None:
        while True:
            try:
                connection, peer = self._socket.accept()
            except OSError:
                if self._socket.fileno() < 0:
                    return
                _log.exception("no connection accepted")
                clock.sleep(ACCEPT_PAUSE)
                continue
            if not self._places.acquire(blocking=False):
                connection.close()
                continue
            name = f"peer-{peer[0]}:{peer[1]}"
            threading.Thread(
                target=self._answer, args=(connection,), name=name, daemon=True
            ).start()

    def _answer(self, connection: socket.socket) -> None:
        try:
            with connection:
                self._dispatch(connection)
        except (Error, OSError) as exc:
            _log.info("connection ended: %s", exc)
        finally:
            self._places.release()

    def _dispatch(self, connection: socket.socket) -> None:
        connection.settimeout(HELLO_TIMEOUT)
        name = peek_server_name(connection)
        connection.settimeout(None)
        if name == network.API_SERVER_NAME:
            self._pass_to_api(connection)
        else:
            opened = session.accept(connection, self._node.terms(), timeout=HANDSHAKE_TIMEOUT)
            self._bridge.serve(opened)

    def _pass_to_api(self, connection: socket.socket) -> None:
        """Move bytes to the API server of this node, if it is a control plane that has one."""
        membership = self._node.membership
        if membership is None or not self._node.is_control_plane:
            return
        target = (str(membership.assignment.mesh_address), network.API_PORT)
        with contextlib.closing(socket.create_connection(target, HELLO_TIMEOUT)) as server:
            server.settimeout(None)
            splice(connection, server)


def peek_server_name(connection: socket.socket) -> str | None:
    """The server name of the ClientHello that waits on `connection`; nothing is consumed.

    OSError when the peer leaves or takes longer than the socket's timeout.
    """
    deadline = clock.monotonic() + HELLO_TIMEOUT
    seen = b""
    while clock.monotonic() < deadline:
        data = connection.recv(HELLO_SIZE, socket.MSG_PEEK)
        if not data:
            msg = "the peer left before its hello"
            raise ConnectionError(msg)
        if is_whole_record(data):
            return server_name(data)
        if len(data) == len(seen):
            clock.sleep(PEEK_PAUSE)
        seen = data
    msg = "no whole hello in time"
    raise TimeoutError(msg)


def is_whole_record(data: bytes) -> bool:
    """Whether the first TLS record is complete, or what came is none (RFC 8446, section 5.1)."""
    if data[:1] != HANDSHAKE_RECORD:
        return True
    length = int.from_bytes(data[3:RECORD_HEADER], "big")
    return len(data) >= RECORD_HEADER and len(data) >= min(RECORD_HEADER + length, HELLO_SIZE)
