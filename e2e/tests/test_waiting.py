"""Waiting for conditions."""

import pytest

from asterism.e2e.waiting import NotYetError, eventually


def test_the_result_comes_as_soon_as_the_condition_holds() -> None:
    """Failures before the first success are forgotten."""
    answers = iter([False, False, True])

    def check() -> str:
        assert next(answers)
        return "done"

    assert eventually(check, within=5, every=0) == "done"


def test_what_was_last_seen_is_told() -> None:
    """The message of the last failure is in the error."""

    def check() -> None:
        msg = "2 of 3 Ready"
        raise AssertionError(msg)

    with pytest.raises(NotYetError, match="2 of 3 Ready"):
        eventually(check, within=0.01, every=0)
