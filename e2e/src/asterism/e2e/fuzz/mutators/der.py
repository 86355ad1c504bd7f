"""DER (X.690): elements taken away, doubled, moved, changed; the lengths around them are right."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from asterism.e2e.fuzz.mutators import octets

_CONSTRUCTED = 0x20
_DEPTH = 12
_TAGS = (0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x0C, 0x13, 0x16, 0x17, 0x18, 0x1E, 0x30, 0x31,
         0x80, 0x81, 0x82, 0xA0, 0xA1, 0xA3, 0xA4, 0xA5)  # fmt: skip


@dataclass(slots=True)
class _Element:
    tag: int
    content: bytes = b""
    children: list["_Element"] | None = None
    wrapped: bytes = b""
    """Zero byte of a BIT STRING whose content is DER again."""


def mutate(data: bytes, rng: Random, words: Sequence[bytes]) -> bytes:
    """Change one to three elements of `data`; bytes that are no DER stay as they are."""
    roots = _read(data, 0)
    if roots is None:
        return data
    for _ in range(1 + rng.randrange(3)):
        places: list[tuple[list[_Element], int]] = []
        _collect(roots, places)
        if places:
            _change(*rng.choice(places), rng, words)
    return b"".join(map(_write, roots))


def is_well_formed(data: bytes) -> bool:
    """Whether `data` is elements to its last byte."""
    return _read(data, 0) is not None


def _change(siblings: list[_Element], at: int, rng: Random, words: Sequence[bytes]) -> None:
    kind, element = rng.randrange(8), siblings[at]
    if kind == 0:
        del siblings[at]
    elif kind == 1:
        siblings.insert(at, element)
    elif kind == 2:
        other = rng.randrange(len(siblings))
        siblings[at], siblings[other] = siblings[other], siblings[at]
    elif kind == 3:
        siblings[at] = _Element(rng.choice(_TAGS), element.content, element.children)
    elif element.children is None:
        siblings[at] = _Element(element.tag, octets.mutate(element.content, rng, words))
    else:
        siblings[at] = _Element(
            element.tag, b"", rng.sample(element.children, k=len(element.children))
        )


def _collect(elements: list[_Element], places: list[tuple[list[_Element], int]]) -> None:
    for at, element in enumerate(elements):
        places.append((elements, at))
        if element.children:
            _collect(element.children, places)


def _read(data: bytes, depth: int) -> list[_Element] | None:
    """The elements that `data` is made of to its last byte, None if it is not."""
    found, at = [], 0
    while at < len(data):
        end = _element_end(data, at)
        if end is None or depth > _DEPTH:
            return None
        start, stop = end
        found.append(_element(data[at], data[start:stop], depth))
        at = stop
    return found


def _element(tag: int, content: bytes, depth: int) -> _Element:
    if tag & _CONSTRUCTED:
        children = _read(content, depth + 1)
        return _Element(tag, content, children)
    if tag == 0x04 and content[:1] in (b"\x30", b"\x03", b"\x04"):
        return _Element(tag, content, _read(content, depth + 1) or None)
    if tag == 0x03 and content[:2] == b"\0\x30":
        return _Element(tag, content, _read(content[1:], depth + 1) or None, b"\0")
    return _Element(tag, content)


def _element_end(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the content of the element at `at` begins and ends."""
    if at + 2 > len(data):
        return None
    size, start = data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size = int.from_bytes(data[start : start + count], "big")
        start += count
    return (start, start + size) if start + size <= len(data) else None


def _write(element: _Element) -> bytes:
    content = element.content
    if element.children is not None:
        content = element.wrapped + b"".join(map(_write, element.children))
    size = len(content)
    if size < 0x80:
        return bytes((element.tag, size)) + content
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((element.tag, 0x80 | len(raw))) + raw + content
