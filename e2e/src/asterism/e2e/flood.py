"""Connections that begin a TLS handshake and never go on: `python -m asterism.e2e.flood`.

`ADDRESS PORT COUNT SOURCE...` holds COUNT of them open, from all sources in turn, and opens each
again that the other side ends. Says `ready` on standard output once all were tried, and stops when
its standard input ends.
"""

import select
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from itertools import cycle

from asterism import clock
from asterism.e2e.portscan import raise_file_limit

BEGINNING = bytes.fromhex("1603010200")
"""The header of a record with a client hello of 512 bytes, of which nothing follows."""
PACE = 0.05
"""Seconds between two rounds of opening again."""


class Flood:
    """Holds `count` half-open connections to `target`; nothing is read from them."""

    def __init__(self, target: tuple[str, int], sources: Iterable[str], count: int) -> None:
        self._target = target
        self._sources = cycle(sources)
        self._poll = select.poll()
        self._held: dict[int, socket.socket] = {}
        self.reopened = 0
        """How many were opened again because the other side had ended them."""
        for _ in range(count):
            self._open()

    def keep_up(self) -> None:
        """Open again what was ended meanwhile."""
        for number, _ in self._poll.poll(0):
            self._poll.unregister(number)
            self._held.pop(number).close()
            self._open()
            self.reopened += 1
        clock.sleep(PACE)

    def close(self) -> None:
        """End all."""
        for held in self._held.values():
            held.close()

    def _open(self) -> None:
        begun = socket.socket()
        begun.bind((next(self._sources), 0))
        with suppress(OSError):  # the backlog is full: as good as held
            begun.settimeout(1)
            begun.connect(self._target)
            begun.sendall(BEGINNING)
        self._held[begun.fileno()] = begun
        self._poll.register(begun, select.POLLIN | select.POLLRDHUP)


def main() -> None:
    """Flood until standard input ends."""
    address, port, count, *sources = sys.argv[1:]
    raise_file_limit()
    flood = Flood((address, int(port)), sources, int(count))
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        flood.keep_up()
    flood.close()


if __name__ == "__main__":
    main()
