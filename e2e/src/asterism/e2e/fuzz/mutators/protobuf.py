"""Protobuf's wire form without its schema: fields dropped, doubled, moved, of another type."""

from collections.abc import Sequence
from random import Random

from asterism.e2e.fuzz.mutators import octets

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DEPTH = 6

_Field = tuple[int, int, bytes]
"""Number, wire type, content without the length of a byte string."""


def mutate(data: bytes, rng: Random, words: Sequence[bytes], depth: int = 0) -> bytes:
    """Change one or two fields, inside nested messages as well."""
    fields = _read(data)
    if fields is None:
        return octets.mutate(data, rng, words)
    for _ in range(1 + rng.getrandbits(1)):
        _change(fields, rng, words, depth)
    return b"".join(map(_write, fields))


def _change(fields: list[_Field], rng: Random, words: Sequence[bytes], depth: int) -> None:
    at = rng.randrange(len(fields) + 1)
    if at == len(fields):
        fields.append((rng.randrange(1, 20), _BYTES, rng.randbytes(rng.getrandbits(4))))
        return
    number, wire, content = fields[at]
    kind = rng.randrange(8)
    if kind == 0:
        del fields[at]
    elif kind == 1:
        fields.insert(rng.randrange(len(fields) + 1), fields[at])
    elif kind == 2:
        fields[at] = (rng.randrange(1, 20), wire, content)
    elif wire == _BYTES and depth < _DEPTH and rng.random() < 0.6:
        fields[at] = (number, wire, mutate(content, rng, words, depth + 1))
    elif wire == _VARINT:
        fields[at] = (number, wire, _varint(rng.getrandbits(rng.choice((1, 7, 16, 32, 64)))))
    else:
        fields[at] = (number, wire, octets.mutate(content, rng, words))


def _read(data: bytes) -> list[_Field] | None:
    """The fields that `data` is made of to its last byte, None if it is not."""
    found: list[_Field] = []
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        wire, start = key & 7, at
        if wire == _VARINT:
            _, at = _read_varint(data, at)
        elif wire in (_FIXED32, _FIXED64):
            at += 4 if wire == _FIXED32 else 8
        elif wire == _BYTES:
            size, start = _read_varint(data, at)
            at = start + size
        else:
            return None
        if at > len(data) or not key >> 3:
            return None
        found.append((key >> 3, wire, data[start:at]))
    return found


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while at < len(data) and shift < 70:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
    return value, len(data) + 1


def _write(field: _Field) -> bytes:
    number, wire, content = field
    size = _varint(len(content)) if wire == _BYTES else b""
    return _varint(number << 3 | wire) + size + content


def _varint(value: int) -> bytes:
    raw = bytearray()
    while value > 0x7F:
        raw.append(value & 0x7F | 0x80)
        value >>= 7
    raw.append(value)
    return bytes(raw)
