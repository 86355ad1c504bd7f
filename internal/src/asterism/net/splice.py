"""Carries bytes between two sockets, both ways, each direction until its own end."""

import socket
import threading
from contextlib import suppress

CHUNK = 1 << 18


def splice(near: socket.socket, far: socket.socket, *, first: bytes = b"") -> None:
    """Carry bytes between two connected sockets until both directions have ended.

    `first` are bytes that were read from `near` before and go to `far` ahead of everything. The
    end of one direction closes only that half of the other socket, so that protocols which answer
    after the end of a request work; a broken connection ends both. Closes neither socket.
    """
    inward = threading.Thread(target=_carry, args=(far, near), name="splice", daemon=True)
    inward.start()
    _carry(near, far, first)
    inward.join()


def _carry(source: socket.socket, sink: socket.socket, first: bytes = b"") -> None:
    view = memoryview(bytearray(CHUNK))
    try:
        sink.sendall(first)
        while count := source.recv_into(view):
            sink.sendall(view[:count])
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
