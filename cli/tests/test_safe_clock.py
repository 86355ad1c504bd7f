"""Machines whose TPM calls its clock unsafe for a while."""

import pytest

from asterism.cluster import safe_clock
from asterism.errors import AttestationError, Mismatch


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes only as the clock is asked."""
    seconds = iter(range(10**6))
    monkeypatch.setattr("asterism.clock.monotonic", lambda: float(next(seconds)))
    monkeypatch.setattr("asterism.clock.sleep", lambda _: None)


def refusal(*error_ids: str) -> AttestationError:
    """A refusal for these reasons."""
    return AttestationError([Mismatch(item, "claim", "wanted", "got", "us") for item in error_ids])


def test_an_unsafe_clock_is_waited_for() -> None:
    """The third answer is the one that counts."""
    answers = iter([refusal("ATT-207"), refusal("ATT-207"), None])

    def attest() -> str:
        if (answer := next(answers)) is not None:
            raise answer
        return "session"

    assert safe_clock.until_safe(attest) == "session"


@pytest.mark.parametrize("error_ids", [("ATT-210",), ("ATT-207", "ATT-210")])
def test_anything_else_is_refused_at_once(error_ids: tuple[str, ...]) -> None:
    """Alone or beside the clock."""
    asked: list[bool] = []

    def attest() -> None:
        asked.append(True)
        raise refusal(*error_ids)

    with pytest.raises(AttestationError):
        safe_clock.until_safe(attest)
    assert len(asked) == 1


def test_a_clock_that_stays_unsafe_is_refused() -> None:
    """In the end the refusal is what is raised."""

    def attest() -> None:
        raise refusal("ATT-207")

    with pytest.raises(AttestationError, match="ATT-207"):
        safe_clock.until_safe(attest)
