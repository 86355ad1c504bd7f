"""gRPC inside an attested session: bytes are pumped between the session and a private unix socket.

grpcio brings its own transport, so each end of a session is joined to it by a unix socket in a
directory that only this user can enter, never by a TCP port. On the server, each session's end of
that socket is bound to a path of its own before it connects; grpcio shows the path as the call's
peer, and so one server knows every call's claims.
"""

import logging
import os
import shutil
import socket
import stat
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

import grpc

from asterism import clock
from asterism.atls.claims import SessionClaims
from asterism.atls.pump import pump
from asterism.atls.session import Session
from asterism.errors import AttestationError, Error, InternalError

_log = logging.getLogger(__name__)

_OPTIONS = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.client_idle_timeout_ms", 2**31 - 1),
    ("grpc.enable_http_proxy", 0),
)
"""One transport for each channel, kept as long as the session lasts."""

_UCRED = struct.Struct("iII")
"""struct ucred of unix(7): pid, uid, gid."""
_MAXIMUM_PATH = 107
"""Bytes of a unix socket's path without the final zero, unix(7)."""
_NAME_SIZE = len("/session-") + 16


@contextmanager
def channel(session: Session) -> Iterator[grpc.Channel]:
    """A gRPC channel through `session`, which is closed together with the channel.

    When the session ends, calls fail with UNAVAILABLE; the channel never connects again.
    """
    with session, _private_directory() as directory:
        path = directory / "grpc.sock"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen(1)
            joiner = threading.Thread(
                target=_join_one, args=(session, listener), name="session-grpc", daemon=True
            )
            joiner.start()
            try:
                with grpc.insecure_channel(f"unix:{path}", options=_OPTIONS) as made:
                    yield made
            finally:
                session.close()
                with suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)
                joiner.join()


def _join_one(session: Session, listener: socket.socket) -> None:
    """Carry the one connection that our own gRPC makes; any other process is refused."""
    try:
        connection, _ = listener.accept()
        listener.close()
    except OSError:
        return
    with session, connection:
        try:
            require_own_process(connection)
            pump(session, connection)
        except Error as exc:
            _log.warning("gRPC connection ended: %s", exc)


def require_own_process(connection: socket.socket) -> None:
    """AttestationError TLS-031 unless the peer of this unix socket is this very process."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    pid: int = _UCRED.unpack(raw)[0]
    if pid != os.getpid():
        raise AttestationError.of(
            "TLS-031",
            claim="process on the bridge",
            expected=str(os.getpid()),
            got=str(pid),
            source="SO_PEERCRED",
        )


class ServerBridge:
    """Joins accepted sessions to one gRPC server of this process.

    bridge = ServerBridge(Path("/run/asterism/rpc"))
    server = grpc.server(pool, interceptors=[SessionGate()])
    server.add_insecure_port(bridge.address)
    server.start()
    bridge.serve(session)           # for each session in a thread of its own
    """

    def __init__(self, directory: Path) -> None:
        _require_private(directory)
        self._directory = directory
        self._socket = directory / "grpc.sock"
        self._sessions: set[Session] = set()
        self.address = f"unix:{self._socket}"
        """What the gRPC server listens on."""

    def serve(self, session: Session) -> None:
        """Carry `session` until either side closes it; that cancels its calls and closes it.

        InternalError INT-001 when the gRPC server is not there.
        """
        path = self._directory / f"session-{clock.random_bytes(8).hex()}"
        with session, socket.socket(socket.AF_UNIX) as local:
            local.bind(str(path))
            self._sessions.add(session)
            _sessions[str(path)] = session.claims
            try:
                local.connect(str(self._socket))
                pump(session, local)
            except OSError as exc:
                raise InternalError("INT-001", f"no gRPC server at {self._socket}") from exc
            finally:
                del _sessions[str(path)]
                self._sessions.discard(session)
                path.unlink(missing_ok=True)

    def close_sessions(self, where: Callable[[SessionClaims], bool]) -> None:
        """End at once every session whose claims `where` picks, with all its calls."""
        for session in tuple(self._sessions):
            if where(session.claims):
                session.close()


_sessions: dict[str, SessionClaims] = {}
"""Claims by the path that a session's end is bound to; one entry for each session being served.

The paths are random and lie in directories that only this user enters.
"""


def claims_of(context: grpc.ServicerContext) -> SessionClaims:
    """The claims of the session that a call came through; aborts UNAUTHENTICATED if none."""
    scheme, _, path = unquote(context.peer()).partition(":")
    claims = _sessions.get(path) if scheme == "unix" else None
    if claims is None:
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "[TLS-032] not in an attested session")
        raise InternalError("INT-001", "an aborted call went on")
    return claims


@contextmanager
def _private_directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="asterism-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _require_private(directory: Path) -> None:
    """Make `directory`, 0700; InternalError INT-001 if others can enter it or it is too deep."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = directory.lstat()
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
    if not private or status.st_uid != os.geteuid():
        raise InternalError("INT-001", f"{directory} is not private to this user")
    if len(os.fsencode(directory)) + _NAME_SIZE > _MAXIMUM_PATH:
        raise InternalError("INT-001", f"{directory} is too deep for unix sockets")
