"""Long series: stopped at any time, continued where they were, alone on the host in their turn."""

import fcntl
from pathlib import Path

import pytest

from asterism.e2e.campaign import FOLDER_VARIABLE, LOCK_VARIABLE, TURN_VARIABLE, Campaign


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but the test's own."""
    for name in (FOLDER_VARIABLE, LOCK_VARIABLE, TURN_VARIABLE):
        monkeypatch.delenv(name, raising=False)


def test_a_series_goes_on_after_the_last_round_that_ended(tmp_path: Path) -> None:
    """A round that failed is done again; facts of all rounds are kept."""
    first = Campaign.of("series", 4, tmp_path)
    with pytest.raises(RuntimeError):
        square(first, fails_at=2)
    second = Campaign.of("series", 4, tmp_path)
    assert square(second) == [2, 3]
    assert [facts["squared"] for facts in second.done()] == [0, 1, 4, 9]


def test_a_line_that_was_cut_off_is_no_round(tmp_path: Path) -> None:
    """As after a crash of the host."""
    (tmp_path / "series.jsonl").write_text('{"a": 1}\n{"a"')
    assert Campaign.of("series", 4, tmp_path).done() == [{"a": 1}]


@pytest.mark.parametrize("turn", ["0", "60"])
def test_the_lock_is_held_in_a_round_and_given_back(
    turn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each round, or at the end of a turn of several; in any case when the series ends."""
    lock = tmp_path / "lock"
    monkeypatch.setenv(LOCK_VARIABLE, str(lock))
    monkeypatch.setenv(TURN_VARIABLE, turn)
    campaign = Campaign.of("series", 2, tmp_path)
    for _ in campaign.rounds():
        assert not is_free(lock)
    assert is_free(lock)
    campaign.turn.take()
    assert not is_free(lock)
    campaign.turn.take()
    campaign.turn.end()
    assert is_free(lock)


def square(campaign: Campaign, fails_at: int = -1) -> list[int]:
    """Do the rounds that are left; their numbers."""
    numbers = []
    for number, facts in campaign.rounds():
        facts["squared"] = number**2
        numbers.append(number)
        if number == fails_at:
            raise RuntimeError
    return numbers


def is_free(lock: Path) -> bool:
    """Whether somebody else could take the lock."""
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
