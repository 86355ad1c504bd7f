"""Reading the members of a document: exact types, exact ranges, nothing unknown."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from asterism.errors import AttestationError, Mismatch
from asterism.keys.canonical import MAX_INTEGER
from asterism.keys.fields import Fields


def fields(value: Any) -> Fields:
    """An object with the one member `x`."""
    return Fields({"x": value}, "thing", ("x",))


def mismatches(call: Callable[[], object]) -> tuple[Mismatch, ...]:
    """Everything that `call` is refused for."""
    with pytest.raises(AttestationError) as caught:
        call()
    return caught.value.mismatches


def assert_refused(read: Callable[[Fields], object], *values: Any) -> None:
    """Each of `values` is refused, naming the member by its whole path."""
    for value in values:
        (found,) = mismatches(partial(read, fields(value)))
        named = (found.error_id, found.claim, found.source)
        assert named == ("DOC-004", "thing.x", "document form"), value


@pytest.mark.parametrize("value", [[], "x", 1, True])
def test_only_an_object_has_members(value: Any) -> None:
    """A list or a text in its place is refused under the name of the whole."""
    (found,) = mismatches(lambda: Fields(value, "thing", ()))
    assert (found.error_id, found.claim, found.source) == ("DOC-004", "thing", "document form")


def test_every_unknown_and_missing_member_is_named() -> None:
    """Not only the first: unknown ones in the object, missing ones by their path."""
    found = mismatches(lambda: Fields({"b": 1, "zz": 1, "yy": 2}, "thing", ("a", "b", "c")))
    named = [(m.error_id, m.claim, m.source) for m in found]
    assert named == [
        ("DOC-002", "thing", "document form"),
        ("DOC-002", "thing", "document form"),
        ("DOC-003", "thing.a", "document form"),
        ("DOC-003", "thing.c", "document form"),
    ]
    assert [m.got for m in found[:2]] == ["unknown field yy", "unknown field zz"]


def test_a_misspelt_member_gets_the_name_it_is_close_to() -> None:
    """One name only; what is close to none gets the list of all."""
    names = ("measurements", "measurement", "vmpl")
    value: Any = dict.fromkeys(names, 1)
    (near,) = mismatches(lambda: Fields(value | {"measurment": 1}, "thing", names))
    assert "measurement?" in near.expected
    (far,) = mismatches(lambda: Fields(value | {"qqq": 1}, "thing", names))
    assert "measurement, measurements, vmpl" in far.expected


def test_texts_are_not_empty_and_nothing_else() -> None:
    """A number is no text, not even a true one."""
    assert fields("a").text("x") == "a"
    assert_refused(lambda x: x.text("x"), "", 1, True, ["a"], {"a": "b"})


def test_numbers_lie_between_both_ends() -> None:
    """The ends belong to the range; without others these are 0 and the largest of JSON."""
    for value in (0, MAX_INTEGER):
        assert fields(value).number("x") == value
    for value in (3, 5):
        assert fields(value).number("x", least=3, most=5) == value
    assert_refused(lambda x: x.number("x", least=3, most=5), 2, 6)
    assert_refused(lambda x: x.number("x"), -1, MAX_INTEGER + 1)


@pytest.mark.parametrize("value", [True, False, "1", [1], 1.0])
def test_truth_and_text_are_no_numbers(value: Any) -> None:
    """In Python `True` is 1; in a document it is not."""
    assert_refused(lambda x: x.number("x"), value)


def test_flags_are_true_or_false() -> None:
    """0 and 1 are numbers."""
    assert fields(True).flag("x") is True
    assert fields(False).flag("x") is False
    assert_refused(lambda x: x.flag("x"), 0, 1, "true", [])


def test_a_choice_is_one_of_the_texts() -> None:
    """Anything else is refused, whatever its type."""
    assert fields("b").choice("x", ("a", "b")) == "b"
    assert_refused(lambda x: x.choice("x", ("a", "b")), "c", "", 1, True, ["a"])


def test_bytes_are_lower_case_hex_of_their_size() -> None:
    """One form of the same bytes only."""
    assert fields("00ff").octets("x", 2) == b"\0\xff"
    assert_refused(
        lambda x: x.octets("x", 2),
        "00FF",
        "00f",
        "00ff00",
        "0 ff",
        "zzzz",
        "",
        1,
        ["0", "0", "f", "f"],
    )


def test_lists_of_bytes_have_different_items() -> None:
    """At least one, none twice, all of the size."""
    assert fields(["00", "ff"]).octet_list("x", 1) == (b"\0", b"\xff")
    assert_refused(
        lambda x: x.octet_list("x", 1), [], "00", {"00": 1}, ["00", "00"], ["00", "0000"], [0]
    )


def test_lists_of_texts_have_different_items() -> None:
    """At least one, none twice, none empty, no other type."""
    assert fields(["b", "a"]).text_list("x") == ("b", "a")
    assert_refused(
        lambda x: x.text_list("x"),
        [],
        "ab",
        {"a": 1},
        ["a", "a"],
        ["a", ""],
        ["a", 1],
        ["a", ["b"]],
    )


def test_objects_inside_have_members() -> None:
    """An empty object says nothing, a list is none."""
    assert fields({"a": 1}).object("x") == {"a": 1}
    assert_refused(lambda x: x.object("x"), {}, [], ["a"], "a", 1)


def test_endpoints_are_addresses_with_ports() -> None:
    """Every port that exists, every address in its one form."""
    good = ["10.0.0.1:1", "10.0.0.1:65535", "255.255.255.255:9443"]
    assert fields(good).endpoint_list("x") == tuple(good)


@pytest.mark.parametrize(
    "endpoint",
    [
        "10.0.0.1",
        "10.0.0.1:",
        ":9443",
        "10.0.0.1:0",
        "10.0.0.1:65536",
        "10.0.0.1:131071",
        "10.0.0.1:-1",
        "10.0.0.1:+1",
        "10.0.0.1:1 ",
        "10.0.0.1:09443",
        "10.0.0.1:9443:9443",
        "10.0.0.1:x",
        "10.0.0.1:²",
        "10.0.0.1:٣",
        "10.0.0.01:9443",
        "10.0.0:9443",
        "host:9443",
        "[::1]:9443",
    ],
)
def test_other_endpoints_are_refused(endpoint: str) -> None:
    """Also beside good ones."""
    assert_refused(lambda x: x.endpoint_list("x"), ["10.0.0.1:1", endpoint])


@pytest.mark.parametrize("value", [True, 2, "1", 0])
def test_a_version_is_exactly_the_one_known(value: Any) -> None:
    """`true` is not version 1."""
    Fields({"version": 1}, "thing", ("version",)).version(1)
    (found,) = mismatches(lambda: Fields({"version": value}, "thing", ("version",)).version(1))
    assert (found.error_id, found.claim) == ("DOC-004", "thing.version")


def test_a_refusal_shows_only_the_beginning_of_a_long_value() -> None:
    """A document of a megabyte does not end in a log."""
    (found,) = mismatches(lambda: fields("y" * 1000).number("x"))
    assert len(found.got) <= 80
