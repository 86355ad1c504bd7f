"""Records every frame of one interface: `python -m asterism.e2e.capture.recorder NS LINK FILE`.

It waits until the namespace and the interface are there, writes `recording` to standard output when
it listens, and ends with its standard input; then it says how many frames it saw, and how many the
kernel had to drop. A process of its own, because it must keep up with the machines.
"""

import json
import os
import select
import socket
import struct
import sys
import time
from pathlib import Path
from typing import IO

from asterism.e2e.capture import pcap
from asterism.net import links, netns

SO_RCVBUFFORCE = 33  # asm-generic/socket.h
ALL_PROTOCOLS = 0x0003  # ETH_P_ALL, linux/if_ether.h
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP = 1  # linux/if_packet.h
PACKET_STATISTICS = 6
PACKET_MR_PROMISC = 1
BUFFER = 64 * 1024 * 1024
POLL_SECONDS = 0.02


def main(namespace: str, link: str, file: Path) -> None:
    """Record until standard input ends."""
    if not _wait_for(namespace, link):
        return
    with file.open("wb") as out, _listen(namespace, link) as wire:
        out.write(pcap.file_header())
        _say(state="recording")
        frames = _record(wire, out)
        _, dropped = struct.unpack("II", wire.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    _say(state="ended", frames=frames, dropped=dropped)


def _wait_for(namespace: str, link: str) -> bool:
    """Return when there is something to record; false if nobody wants it any more."""
    while not (netns.exists(namespace) and links.exists(link, namespace=namespace)):
        if _unwanted(POLL_SECONDS):
            return False
    return True


def _unwanted(seconds: float) -> bool:
    """Whether standard input has ended; waits up to `seconds` for it."""
    return bool(select.select([sys.stdin], [], [], seconds)[0])


def _listen(namespace: str, link: str) -> socket.socket:
    descriptor = os.open(netns.path_of(namespace), os.O_RDONLY | os.O_CLOEXEC)
    try:
        netns.set_namespace(descriptor)
    finally:
        os.close(descriptor)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    # A bridge hands up what it forwards between its ports only when it is promiscuous.
    member = struct.pack("iHH8s", socket.if_nametoindex(link), PACKET_MR_PROMISC, 0, b"")
    wire.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, member)
    wire.bind((link, ALL_PROTOCOLS))
    return wire


def _record(wire: socket.socket, out: IO[bytes]) -> int:
    count = 0
    while True:
        ready, _, _ = select.select([wire, sys.stdin], [], [], None)
        if wire in ready:
            frame = wire.recv(pcap.SNAP_LENGTH)
            out.write(pcap.record(pcap.Packet(time.time_ns(), frame)))
            count += 1
        elif sys.stdin in ready:
            return count


def _say(**words: str | int) -> None:
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
