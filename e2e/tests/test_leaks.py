"""Footprints of the host."""

from dataclasses import fields, replace

import pytest

from asterism.e2e.leaks import Footprint

NOTHING = Footprint(*[frozenset[str]() for _ in fields(Footprint)])


@pytest.mark.parametrize("kind", [field.name for field in fields(Footprint)])
def test_every_kind_of_leak_is_seen(kind: str) -> None:
    """One thing more of any kind is named; the same thing taken away is seen too."""
    more = replace(NOTHING, **{kind: frozenset({"a leak"})})
    assert more.added_since(NOTHING) == {kind: ["a leak"]}
    assert NOTHING.missing_since(more) == {kind: ["a leak"]}


@pytest.mark.root
def test_the_host_can_be_read() -> None:
    """Two footprints of a host at rest hold the same links and loop devices."""
    first, second = Footprint.of_host(), Footprint.of_host()
    assert first.links == second.links
    assert first.loops == second.loops
