"""Moves bytes between a session and a socket of this host, both ways, until either side ends."""

import logging
import socket
import threading
from collections.abc import Callable
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
        target=_carry,
        args=(local.recv_into, session.send, session, local),
        name="session-out",
        daemon=True,
    )
    outward.start()
    _carry(session.recv_into, local.sendall, session, local)
    outward.join()


def _carry(
    receive: Callable[[memoryview], int],
    send: Callable[[memoryview], None],
    session: Session,
    local: socket.socket,
) -> None:
    """One direction until its end, which ends the other one, too.

    The socket's owner closes it after both have ended.
    """
    view = memoryview(bytearray(CHUNK))
    try:
        while count := receive(view):
            send(view[:count])
    except (OSError, Error) as exc:
        _log.debug("end of one direction of a session: %s", exc)
    finally:
        session.close()
        with suppress(OSError):
            local.shutdown(socket.SHUT_RDWR)
