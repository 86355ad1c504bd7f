"""A bad wire: carries frames between two interfaces late, and loses some of them.

`python -m asterism.e2e.faults.forwarder A B SECONDS LOSS SEED`, in the network namespace of both.
It does in a process what the kernel's netem queue does, which many kernels lack. Frames keep their
virtio header (PACKET_VNET_HDR, packet(7)), so that checksums and segments that the sender left to
its hardware stay as they are.
"""

import heapq
import random
import select
import signal
import socket
import sys
from dataclasses import dataclass, field
from itertools import count

from asterism import clock

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_VNET_HDR = 15
PACKET_IGNORE_OUTGOING = 23
FRAME = 1 << 17
QUEUE = 8 << 20


@dataclass(slots=True)
class Wire:
    """Two ends, a delay in seconds, a share of lost frames from 0 to 1."""

    ends: tuple[socket.socket, socket.socket]
    delay: float
    loss: float
    chance: random.Random
    _order: "count[int]" = field(default_factory=count)
    _waiting: list[tuple[float, int, socket.socket, bytes]] = field(default_factory=list)

    def serve(self) -> None:
        """Carry for ever."""
        while True:
            for end in select.select(self.ends, [], [], self._patience())[0]:
                self._take(end)
            self._deliver()

    def _take(self, source: socket.socket) -> None:
        frame = source.recv(FRAME)
        target = self.ends[source is self.ends[0]]
        if self.chance.random() >= self.loss:
            due = clock.monotonic() + self.delay
            heapq.heappush(self._waiting, (due, next(self._order), target, frame))

    def _deliver(self) -> None:
        while self._waiting and self._waiting[0][0] <= clock.monotonic():
            _, _, target, frame = heapq.heappop(self._waiting)
            try:
                target.send(frame)
            except OSError:  # the interface is down or its queue full: one more lost frame
                continue

    def _patience(self) -> float | None:
        return max(0.0, self._waiting[0][0] - clock.monotonic()) if self._waiting else None


def _end(interface: str) -> socket.socket:
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    opened.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    opened.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, QUEUE)
    opened.bind((interface, 0))
    return opened


def main(arguments: list[str]) -> None:
    """Carry until SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    first, second, seconds, loss, seed = arguments
    ends = (_end(first), _end(second))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    Wire(ends, float(seconds), float(loss), random.Random(seed)).serve()  # noqa: S311


if __name__ == "__main__":
    main(sys.argv[1:])
