"""JSON: members and items taken away, doubled, swapped for others and for hostile values."""

import json
from collections.abc import Sequence
from copy import deepcopy
from random import Random
from typing import Any

_HOSTILE: tuple[object, ...] = (
    None, True, False, 0, 1, -1, 255, 2**31, 2**53 - 1, 2**53, 2**64, 10**400, 0.5, -0.0, 1e308,
    float("inf"), float("-inf"), float("nan"), "", "0", "00", "a" * 300, "\0", "\ud800", "ä", "٣",
    "ffff", "FF", "ff ff", "../../etc", "10.210.0.11", "::1", "1.2.3.4/33", "\n", [], {}, [[]],
    [None], [0], [""], [{}], {"": 0}, {"version": 1}, [1, 1], ["a", "a"],
)  # fmt: skip
_DEEP = 5000


def mutate(data: bytes, rng: Random, words: Sequence[bytes], *, canonical: bool) -> bytes:
    """Change one to three places of the tree in `data`; bytes that are no JSON stay as they are."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return data
    for _ in range(1 + rng.randrange(3)):
        tree = _change(tree, rng, words)
    return _encode(tree, rng, canonical=canonical)


def _change(tree: Any, rng: Random, words: Sequence[bytes]) -> Any:
    """Walk down at random; what is found there is replaced, taken away or doubled."""
    if isinstance(tree, dict) and tree:
        name = rng.choice(list(tree))
        if rng.random() < 0.7:
            tree[name] = _change(tree[name], rng, words)
        else:
            _change_member(tree, name, rng, words)
        return tree
    if isinstance(tree, list) and tree:
        at = rng.randrange(len(tree))
        if rng.random() < 0.7:
            tree[at] = _change(tree[at], rng, words)
        else:
            _change_item(tree, at, rng)
        return tree
    return _value(tree, rng, words)


def _change_member(tree: dict[str, Any], name: str, rng: Random, words: Sequence[bytes]) -> None:
    kind = rng.randrange(4)
    if kind == 0:
        del tree[name]
    elif kind == 1:
        tree[name] = _value(tree[name], rng, words)
    elif kind == 2:
        tree[name] = deepcopy(tree[rng.choice(list(tree))])
    else:
        tree[_text(name, rng, words)] = deepcopy(tree[name])


def _change_item(tree: list[Any], at: int, rng: Random) -> None:
    kind = rng.randrange(3)
    if kind == 0:
        del tree[at]
    elif kind == 1:
        tree.insert(at, deepcopy(tree[at]))
    else:
        tree[at] = deepcopy(rng.choice(_HOSTILE))


def _value(value: object, rng: Random, words: Sequence[bytes]) -> object:
    if isinstance(value, str) and rng.random() < 0.6:
        return _text(value, rng, words)
    if isinstance(value, int) and rng.random() < 0.4:
        return value + rng.choice((-1, 1))
    return deepcopy(rng.choice(_HOSTILE))


def _text(text: str, rng: Random, words: Sequence[bytes]) -> str:
    kind, at = rng.randrange(5), rng.randrange(len(text) + 1)
    if kind == 0:
        return text[:at]
    if kind == 1:
        return text[:at] + chr(rng.choice((0, 10, 32, 65, 0x30, 0xE4, 0x663, 0xD800))) + text[at:]
    if kind == 2 and words:
        return rng.choice(words).decode(errors="replace")
    if kind == 3:
        return text[:at] + rng.choice("0123456789abcdefg") + text[at + 1 :]
    return text.upper()


def _encode(tree: object, rng: Random, *, canonical: bool) -> bytes:
    try:
        if canonical:
            text = json.dumps(tree, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        else:
            text = json.dumps(tree, ensure_ascii=rng.random() < 0.5)
    except ValueError:  # an integer of more digits than Python writes
        return b"1" * _DEEP
    encoded = text.encode("utf-8", "surrogatepass")
    return encoded if canonical or rng.random() < 0.98 else _beyond(encoded, rng)


def _beyond(encoded: bytes, rng: Random) -> bytes:
    """What no tree can say: depth, digits, a member twice."""
    kind = rng.randrange(3)
    if kind == 0:
        return encoded.replace(b'"', b"[" * _DEEP + b'"', 1)
    if kind == 1:
        return encoded.replace(b"1", b"1" * _DEEP, 1)
    inside = encoded.strip()[1:-1]
    return b"{" + inside + b"," + inside + b"}"
