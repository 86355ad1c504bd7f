"""Framing of what both sides say before a session is open: strict, bounded, no I/O.

    length  4 bytes, big-endian: of what follows
    kind    1 byte: HELLO 1, PROOF 2, VERDICT 3
    body    asterism.session.v1 Hello, Proof or Verdict, deterministic protobuf

A body that is not the one deterministic encoding of its message (unknown or repeated fields,
another order) is refused, so that no two parsers can read it in two ways.
"""

from enum import IntEnum
from typing import TypeAlias

from google.protobuf.message import DecodeError

from asterism.errors import LocalProtocolError, RemoteProtocolError
from asterism.proto.session.v1.session_pb2 import Hello, Proof, Verdict

Message: TypeAlias = Hello | Proof | Verdict


class Kind(IntEnum):
    """Which message a frame holds."""

    HELLO = 1
    PROOF = 2
    VERDICT = 3


LIMITS = {Kind.HELLO: 512, Kind.PROOF: 1 << 18, Kind.VERDICT: 64}
"""Most bytes of a body. Evidence with an event log takes about 100 KiB."""

_TYPES: dict[Kind, type[Hello] | type[Proof] | type[Verdict]] = {
    Kind.HELLO: Hello,
    Kind.PROOF: Proof,
    Kind.VERDICT: Verdict,
}
_LENGTH_SIZE = 4
_HEADER_SIZE = _LENGTH_SIZE + 1


def encode(message: Message) -> bytes:
    """`message` as one frame; LocalProtocolError TLS-010 above its kind's limit."""
    kind = next(kind for kind, cls in _TYPES.items() if isinstance(message, cls))
    body = message.SerializeToString(deterministic=True)
    if len(body) > LIMITS[kind]:
        raise LocalProtocolError("TLS-010", f"our {kind.name} has {len(body)} bytes")
    return (len(body) + 1).to_bytes(_LENGTH_SIZE, "big") + bytes([kind]) + body


class FrameReader:
    """Cuts a byte stream into messages. Holds at most one frame beyond what it was fed."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Add bytes as they came."""
        self._buffer += data

    def next_message(self) -> Message | None:
        """The next whole message, or None until more bytes came.

        RemoteProtocolError TLS-010 as soon as a header announces too much, TLS-011 for an unknown
        kind or a body that is not canonical.
        """
        if len(self._buffer) < _HEADER_SIZE:
            return None
        kind, end = _header(bytes(self._buffer[:_HEADER_SIZE]))
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[_HEADER_SIZE:end])
        del self._buffer[:end]
        return _decode(kind, body)

    @property
    def rest(self) -> bytes:
        """Bytes after the messages taken so far."""
        return bytes(self._buffer)


def _header(header: bytes) -> tuple[Kind, int]:
    """Kind of the frame and its whole size."""
    length = int.from_bytes(header[:_LENGTH_SIZE], "big")
    try:
        kind = Kind(header[_LENGTH_SIZE])
    except ValueError:
        raise RemoteProtocolError("TLS-011", "a message of unknown kind") from None
    if length < 1:
        raise RemoteProtocolError("TLS-011", "a message without a kind")
    if length - 1 > LIMITS[kind]:
        raise RemoteProtocolError("TLS-010", f"a {kind.name} of {length - 1} bytes")
    return kind, _LENGTH_SIZE + length


def _decode(kind: Kind, body: bytes) -> Message:
    message = _TYPES[kind]()
    try:
        message.ParseFromString(body)
    except DecodeError as exc:
        raise RemoteProtocolError("TLS-011", f"a {kind.name} that cannot be read") from exc
    message.DiscardUnknownFields()
    if message.SerializeToString(deterministic=True) != body:
        raise RemoteProtocolError("TLS-011", f"a {kind.name} that is not canonical")
    return message
