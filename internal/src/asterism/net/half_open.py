"""Which connections strangers hold, and which of them gives way to a new one."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

PER_ADDRESS = 32
TOTAL = 256


class HalfOpen:
    """A bounded set of connections; the oldest gives way, never the newest.

    One address cannot hold more than `per_address`. When all places are taken, the address that
    holds most of them loses its oldest.
    """

    def __init__(self, per_address: int = PER_ADDRESS, total: int = TOTAL) -> None:
        self._per_address = per_address
        self._total = total
        self._held: dict[socket.socket, str] = {}
        self._lock = threading.Lock()

    def place(self, connection: socket.socket, address: str) -> AbstractContextManager[None]:
        """Hold a place for `connection` from now on, until the block ends."""
        self._enter(connection, address)
        return self._until_end(connection)

    def __len__(self) -> int:
        """How many connections are held."""
        with self._lock:
            return len(self._held)

    def _enter(self, connection: socket.socket, address: str) -> None:
        with self._lock:
            counts = Counter(self._held.values())
            if counts[address] >= self._per_address:
                self._evict(address)
            elif len(self._held) >= self._total:
                self._evict(counts.most_common(1)[0][0])
            self._held[connection] = address

    @contextmanager
    def _until_end(self, connection: socket.socket) -> Iterator[None]:
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(connection, None)

    def _evict(self, address: str) -> None:
        """End the oldest connection of `address`; its own thread closes it."""
        oldest = next(held for held, owner in self._held.items() if owner == address)
        del self._held[oldest]
        with suppress(OSError):
            oldest.shutdown(socket.SHUT_RDWR)
