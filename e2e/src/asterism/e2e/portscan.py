"""Which TCP ports of an address answer, seen from the network namespace this runs in.

`python -m asterism.e2e.portscan ADDRESS...` prints a JSON object of lists. A port answers when the
handshake completes; one that refuses (RST) and one that stays silent are both closed.
"""

import errno
import json
import resource
import select
import socket
import sys
from collections.abc import Iterable, Iterator
from itertools import islice

from asterism import clock

ALL_PORTS = range(1, 65536)
BATCH = 8000
"""Connections tried at once, if the process may open as many files."""
SPARE_FILES = 64
PATIENCE = 1.0
"""Seconds a batch may take: a packet lost or dropped shows as silence."""


def open_ports(address: str, ports: Iterable[int] = ALL_PORTS) -> list[int]:
    """The ports of `ports` that accept a TCP connection, in order."""
    size = _batch_size()
    return sorted(port for batch in _batches(ports, size) for port in _answering(address, batch))


def _batches(ports: Iterable[int], size: int) -> Iterator[list[int]]:
    remaining = iter(ports)
    while batch := list(islice(remaining, size)):
        yield batch


def _batch_size() -> int:
    return min(BATCH, raise_file_limit() - SPARE_FILES)


def raise_file_limit() -> int:
    """Let this process open as many files as it may ask for; how many those are."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _answering(address: str, ports: list[int]) -> Iterator[int]:
    pending: dict[int, tuple[socket.socket, int]] = {}
    poller = select.epoll()
    try:
        for port in ports:
            probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            pending[probe.fileno()] = (probe, port)
            if probe.connect_ex((address, port)) in {0, errno.EINPROGRESS}:
                poller.register(probe, select.EPOLLOUT)
        yield from _completed(poller, pending)
    finally:
        poller.close()
        for probe, _ in pending.values():
            probe.close()


def _completed(
    poller: select.epoll, pending: dict[int, tuple[socket.socket, int]]
) -> Iterator[int]:
    deadline = clock.monotonic() + PATIENCE
    while pending and (left := deadline - clock.monotonic()) > 0:
        for handle, _ in poller.poll(left):
            probe, port = pending.pop(handle)
            refused = probe.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            probe.close()
            if not refused:
                yield port


def main() -> None:
    """Scan every address of the command line."""
    json.dump({address: open_ports(address) for address in sys.argv[1:]}, sys.stdout)


if __name__ == "__main__":
    main()
