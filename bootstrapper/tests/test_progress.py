"""Progress that can be followed from the start, twice, and after the end."""

import threading

import pytest

from asterism.bootstrapper.progress import Event, ProgressLog
from asterism.errors import ProvisionError


def test_whoever_comes_late_sees_everything() -> None:
    """A second call replays the steps."""
    log = ProgressLog()
    with log.step("a", "first"):
        pass
    log.end()
    seen = [(event.step, event.done) for event in log.follow()]
    assert seen == [("a", False), ("a", True)]
    assert [e.step for e in log.follow()] == ["a", "a"]


def test_following_waits_for_what_is_still_to_come() -> None:
    """Events reach a follower that is already there."""
    log = ProgressLog()
    seen: list[str] = []
    follower = threading.Thread(target=lambda: seen.extend(e.step for e in log.follow()))
    follower.start()
    with log.step("b", "second"):
        pass
    log.end()
    follower.join(5)
    assert seen == ["b", "b"]


def test_a_failed_step_never_ends_and_the_reason_is_raised() -> None:
    """The follower gets the error after the events."""
    log = ProgressLog()
    with pytest.raises(ProvisionError), log.step("c", "third"):
        raise ProvisionError("JOI-205", "it broke")
    log.end(ProvisionError("JOI-205", "it broke"))
    events: list[Event] = []
    with pytest.raises(ProvisionError, match="JOI-205"):
        events.extend(log.follow())
    assert log.failed
