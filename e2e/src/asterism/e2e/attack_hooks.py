"""Holds tests to their markers: an attack must have been refused, a twin must have been loaded.

    @pytest.mark.attack("A07", refused="ATT-002")   on the negative test; several IDs as a tuple
    @pytest.mark.twin("A07")                        on the test where the attack succeeds

A suite's conftest takes these hooks over by importing them.
"""

from collections.abc import Generator, Iterator
from typing import Any

import pytest

from asterism.e2e import sightings


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """What fixtures of the test see counts as seen by it."""
    sightings.begin()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that passed without what its markers claim."""
    result = yield
    claimed = {error_id for _, ids in attacks_of(item) for error_id in ids}
    unseen = sorted(claimed - sightings.refusals())
    assert not unseen, f"marked as refused with {unseen}, which it never saw"
    rows = set(twins_of(item))
    taken_away = rows & sightings.twins()
    assert not rows or taken_away, f"marked as twin of {sorted(rows)}, but loaded none of them"
    return result


def attacks_of(item: pytest.Item) -> Iterator[tuple[str, tuple[str, ...]]]:
    """For each attack that the test tries: the row's ID, and the error IDs that refuse it."""
    for marker in item.iter_markers("attack"):
        (row,), refused = marker.args, marker.kwargs["refused"]
        yield row, (refused,) if isinstance(refused, str) else tuple(refused)


def twins_of(item: pytest.Item) -> Iterator[str]:
    """The rows whose attack the test shows to succeed without the defence."""
    for marker in item.iter_markers("twin"):
        yield from marker.args
