"""The capture file format of libpcap with Ethernet frames (draft-ietf-opsawg-pcap, section 4)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

MAGIC = 0xA1B23C4D
"""Little-endian, time stamps in nanoseconds."""
VERSION = (2, 4)
ETHERNET = 1
SNAP_LENGTH = 262_144
_HEADER = struct.Struct("<IHHiIII")
_RECORD = struct.Struct("<IIII")
_NANO = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Packet:
    """One frame: when it passed in nanoseconds since 1970, and its bytes from the wire."""

    nanoseconds: int
    frame: bytes


def file_header() -> bytes:
    """The first 24 bytes of a file."""
    return _HEADER.pack(MAGIC, *VERSION, 0, 0, SNAP_LENGTH, ETHERNET)


def record(packet: Packet) -> bytes:
    """One packet with its 16-byte header."""
    seconds, rest = divmod(packet.nanoseconds, _NANO)
    length = len(packet.frame)
    return _RECORD.pack(seconds, rest, length, length) + packet.frame


def read(file: IO[bytes]) -> Iterator[Packet]:
    """The packets of a file; one cut off by the end of a running capture is left out.

    Raises ValueError when it is not such a file.
    """
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or _HEADER.unpack(header)[0] != MAGIC:
        msg = "not a capture of ours"
        raise ValueError(msg)
    while len(head := file.read(_RECORD.size)) == _RECORD.size:
        seconds, rest, kept, _ = _RECORD.unpack(head)
        frame = file.read(kept)
        if len(frame) == kept:
            yield Packet(seconds * _NANO + rest, frame)
