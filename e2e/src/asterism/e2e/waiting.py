"""Wait for a condition by asking again, and say what was last seen when it does not come."""

from collections.abc import Callable
from typing import TypeVar

from asterism import clock

T = TypeVar("T")


class NotYetError(AssertionError):
    """A condition is not there; the message says what was seen instead."""


def eventually(check: Callable[[], T], *, within: float, every: float = 0.2) -> T:
    """The result of `check` as soon as it raises no AssertionError any more.

    Raises NotYetError with the last AssertionError's text after `within` seconds.
    """
    deadline = clock.monotonic() + within
    while True:
        try:
            return check()
        except AssertionError as exc:
            if clock.monotonic() >= deadline:
                msg = f"not within {within:g} s: {exc}"
                raise NotYetError(msg) from exc
        clock.sleep(every)
