"""A15, connections that never prove anything. Taken away: the oldest of them gives way."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from typing_extensions import override

from asterism.errors import RemoteProtocolError
from asterism.net.half_open import TOTAL, HalfOpen


class FirstComeFirstServed(HalfOpen):
    """As many places as ours has, but who has one keeps it as long as he likes."""

    @contextmanager
    @override
    def place(self, connection: socket.socket, address: str) -> Iterator[None]:
        if len(self) >= TOTAL:
            raise RemoteProtocolError("TLS-004", "no place left")
        with super().place(connection, f"{address} {connection.fileno()}"):
            yield
