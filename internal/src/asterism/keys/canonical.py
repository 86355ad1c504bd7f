"""Canonical JSON: one value has exactly one encoding, and only that encoding is read.

A subset of RFC 8785: objects, lists, strings, booleans and integers of at most 53 bits; no floats,
no null. Members are sorted by code point, nothing is escaped that need not be, UTF-8. Two parsers
of such a document cannot disagree (attack V19), so its hash can name it.
"""

import json
from typing import NoReturn, TypeAlias

from asterism.errors import AttestationError

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool"
JsonObject: TypeAlias = dict[str, Json]

MAX_INTEGER = 2**53 - 1
MAX_SIZE = 1 << 20
MAX_DEPTH = 16


def encode(value: Json) -> bytes:
    """The only encoding of `value`; AttestationError DOC-001 if it has none."""
    _check(value, MAX_DEPTH)
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode()
    except UnicodeEncodeError:
        _refuse("a string that is not Unicode")


def decode(data: bytes) -> Json:
    """The value whose encoding `data` is; AttestationError DOC-001 for every other input."""
    if len(data) > MAX_SIZE:
        _refuse(f"{len(data)} bytes")
    try:
        value: Json = json.loads(data.decode())
    except (ValueError, RecursionError) as exc:
        _refuse(str(exc))
    if encode(value) != data:  # a member twice, other order, spaces, escapes
        _refuse("another encoding of the same value")
    return value


def decode_object(data: bytes) -> JsonObject:
    """As `decode`, for documents that must be an object."""
    value = decode(data)
    if not isinstance(value, dict):
        _refuse(f"a {type(value).__name__} instead of an object")
    return value


def _check(value: object, depth: int) -> None:
    """Refuse what JSON can say in more than one way, and what it cannot say."""
    if depth == 0:
        _refuse(f"more than {MAX_DEPTH} levels")
    match value:
        case bool() | str():
            pass
        case int():
            if abs(value) > MAX_INTEGER:
                _refuse("an integer of more than 53 bits")
        case list():
            for item in value:
                _check(item, depth - 1)
        case dict():
            for name, item in value.items():
                _check_name(name)
                _check(item, depth - 1)
        case _:
            _refuse(f"a value of type {type(value).__name__}")


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        _refuse(f"a member name of type {type(name).__name__}")


def _refuse(got: str) -> NoReturn:
    raise AttestationError.of(
        "DOC-001", claim="document", expected="canonical JSON", got=got, source="encoding"
    )
