"""Canonical JSON: one value, one encoding."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.errors import AttestationError
from asterism.keys.canonical import MAX_INTEGER, Json, decode, decode_object, encode

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_is_encoded_is_read_back(value: Json) -> None:
    """Encoding and decoding are each other's inverse."""
    assert decode(encode(value)) == value


@given(values)
def test_encoding_is_json_without_spaces(value: Json) -> None:
    """Every other reader of JSON reads the same value."""
    assert json.loads(encode(value)) == value


def test_members_are_sorted_and_text_is_utf8() -> None:
    """The form that documents have in files."""
    assert encode({"b": [1, True], "a": "ä\n"}) == '{"a":"ä\\n","b":[1,true]}'.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"nul",
        b"null",
        b"1.0",
        b"1e3",
        b"-0",
        b"01",
        b"NaN",
        b"Infinity",
        b"9007199254740992",
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b' {"a":1}',
        b'{"a":1}\n',
        b'{"a":1}{}',
        b'"\\u0041"',
        b'"\\/"',
        b'"\\ud800"',
        b"\xff",
        b"\xef\xbb\xbf1",
        b"'a'",
        '{"a":1}'.encode("utf-16"),
        b"[" * 20 + b"]" * 20,
        b"[" * 100_000,
        b"9" * 5000,
        b'"' + b"x" * (1 << 20) + b'"',
    ],
    ids=lambda data: repr(data[:24]),
)
def test_every_other_form_is_refused(data: bytes) -> None:
    """Duplicates, floats, null, spaces, escapes, order, size, depth: DOC-001 (V19)."""
    with pytest.raises(AttestationError, match="DOC-001"):
        decode(data)


@given(st.binary(max_size=200))
def test_random_bytes_raise_only_our_errors(data: bytes) -> None:
    """Whatever is read is canonical; all else is an AttestationError."""
    with suppress(AttestationError):
        assert encode(decode(data)) == data


@pytest.mark.parametrize(
    "value", [None, 1.5, b"x", {1: 2}, (1,), MAX_INTEGER + 1, "\ud800", [[None]], {"a": {}.keys()}]
)
def test_values_without_an_encoding_are_refused(value: Any) -> None:
    """What JSON cannot say in one way is not written either: DOC-001."""
    with pytest.raises(AttestationError, match="DOC-001"):
        encode(value)


def test_documents_are_objects() -> None:
    """A list is canonical but no document."""
    with pytest.raises(AttestationError, match="DOC-001"):
        decode_object(b"[]")
