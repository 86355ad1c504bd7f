"""Changes that know nothing of what they change: bits, lengths, blocks, splices, words."""

from collections.abc import Callable, Sequence
from random import Random

_INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_SIZES = (1, 2, 2, 4, 4, 8)
_LONGEST_BLOCK = 64

_Change = Callable[[bytearray, Random, Sequence[bytes]], None]


def mutate(data: bytes, rng: Random, words: Sequence[bytes]) -> bytes:
    """One to four changes; `words` are the target's tokens."""
    changed = bytearray(data)
    for _ in range(1 + rng.getrandbits(2)):
        _CHANGES[rng.randrange(len(_CHANGES))](changed, rng, words)
    return bytes(changed)


def splice(one: bytes, other: bytes, rng: Random) -> bytes:
    """The beginning of one and the end of another."""
    return one[: rng.randrange(len(one) + 1)] + other[rng.randrange(len(other) + 1) :]


def _flip(data: bytearray, rng: Random, _words: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.getrandbits(3)


def _set(data: bytearray, rng: Random, _words: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] = rng.getrandbits(8)


def _set_integer(data: bytearray, rng: Random, _words: Sequence[bytes]) -> None:
    """A limit or a length, in either byte order."""
    size = rng.choice(_SIZES)
    value = rng.choice((*_INTERESTING, len(data), len(data) - 1, len(data) + 1))
    value %= 1 << 8 * size
    raw = value.to_bytes(size, "big" if rng.getrandbits(1) else "little")
    at = rng.randrange(len(data) + 1)
    data[at : at + size] = raw


def _add(data: bytearray, rng: Random, _words: Sequence[bytes]) -> None:
    """One more or less, where a length may stand."""
    if data:
        at = rng.randrange(len(data))
        data[at] = (data[at] + rng.choice((1, -1, 4, -4))) % 256


def _cut(data: bytearray, rng: Random, _words: Sequence[bytes]) -> None:
    start, size = _block(data, rng)
    del data[start : start + size]


def _repeat(data: bytearray, rng: Random, _words: Sequence[bytes]) -> None:
    start, size = _block(data, rng)
    data[start:start] = data[start : start + size] * (1 + rng.getrandbits(3))


def _move(data: bytearray, rng: Random, _words: Sequence[bytes]) -> None:
    start, size = _block(data, rng)
    block = data[start : start + size]
    del data[start : start + size]
    at = rng.randrange(len(data) + 1)
    data[at:at] = block


def _truncate(data: bytearray, rng: Random, _words: Sequence[bytes]) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _insert(data: bytearray, rng: Random, _words: Sequence[bytes]) -> None:
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.randbytes(1 + rng.getrandbits(4))


def _insert_word(data: bytearray, rng: Random, words: Sequence[bytes]) -> None:
    if words:
        at = rng.randrange(len(data) + 1)
        data[at:at] = rng.choice(words)


def _replace_by_word(data: bytearray, rng: Random, words: Sequence[bytes]) -> None:
    if words:
        word, at = rng.choice(words), rng.randrange(len(data) + 1)
        data[at : at + len(word)] = word


def _block(data: bytearray, rng: Random) -> tuple[int, int]:
    return rng.randrange(len(data) + 1), 1 + rng.randrange(_LONGEST_BLOCK)


_CHANGES: tuple[_Change, ...] = (
    _flip,
    _set,
    _set_integer,
    _add,
    _cut,
    _repeat,
    _move,
    _truncate,
    _insert,
    _insert_word,
    _replace_by_word,
)
