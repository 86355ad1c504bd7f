"""The door to other programs."""

import sys

import pytest

from asterism.errors import ProvisionError
from asterism.proc import run


def test_output_comes_back() -> None:
    """Standard output is what the caller gets."""
    assert run([sys.executable, "-c", "print('hello')"]).text == "hello\n"


def test_a_failure_carries_the_last_lines() -> None:
    """The reason is in the error, not only in a log."""
    program = "import sys; print('disk is full', file=sys.stderr); sys.exit(3)"
    with pytest.raises(ProvisionError) as caught:
        run([sys.executable, "-c", program])
    assert caught.value.error_id == "INT-002"
    assert "exit code 3" in caught.value.detail
    assert caught.value.facts["output"] == "disk is full"


def test_a_missing_program_is_named() -> None:
    """No FileNotFoundError reaches a user."""
    with pytest.raises(ProvisionError, match="not installed"):
        run(["asterism-no-such-program"])


def test_a_program_may_not_run_for_ever() -> None:
    """Time is bounded."""
    with pytest.raises(ProvisionError, match=r"no end after 0\.2 s"):
        run([sys.executable, "-c", "import time; time.sleep(9)"], timeout=0.2)


def test_an_expected_failure_can_be_looked_at() -> None:
    """`check=False` hands the exit code back."""
    assert run([sys.executable, "-c", "raise SystemExit(4)"], check=False).returncode == 4
