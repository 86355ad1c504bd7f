"""Moves bytes between a session and a socket of this host, both ways, until either side ends."""

import logging
import socket
import threading
from contextlib import suppress

from asterism.atls.session import Session
from asterism.errors import Error

_log = logging.getLogger(__name__)

CHUNK = 1 << 16
"""Bytes read at once from the socket; a session reads one TLS record at a time."""


def pump(session: Session, local: socket.socket) -> None:
    """Carry bytes both ways; returns when both directions have ended, with both closed.

    The end of one direction ends the other: gRPC has no use for half of a connection.
    """
    outward = threading.Thread(
        target=_to_session, args=(local, session), name="session-out", daemon=True
    )
    outward.start()
    _to_local(session, local)
    outward.join()


def _to_session(local: socket.socket, session: Session) -> None:
    view = memoryview(bytearray(CHUNK))
    try:
        while count := local.recv_into(view):
            session.send(view[:count])
    except (OSError, Error) as exc:
        _log.debug("end of a session's outward bytes: %s", exc)
    finally:
        _end(session, local)


def _to_local(session: Session, local: socket.socket) -> None:
    view = memoryview(bytearray(CHUNK))
    try:
        while count := session.recv_into(view):
            local.sendall(view[:count])
    except (OSError, Error) as exc:
        _log.debug("end of a session's inward bytes: %s", exc)
    finally:
        _end(session, local)


def _end(session: Session, local: socket.socket) -> None:
    """Wake the other direction; the socket's owner closes it after both have ended."""
    session.close()
    with suppress(OSError):
        local.shutdown(socket.SHUT_RDWR)
