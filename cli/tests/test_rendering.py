"""How steps, tables and refusals look."""

import json

import pytest

from asterism.cli.options import Settings
from asterism.cli.render import failures, steps, text
from asterism.cluster.events import Event, step
from asterism.errors import AttestationError, Mismatch, ProvisionError


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    """Header and rows line up, and no line ends in blanks."""
    assert text.columns([("a", "bb"), ("ccc", "d")], ("X", "Y")) == "X     Y\na     bb\nccc   d"
    assert text.columns([]) == ""


def test_plain_steps_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal nothing is overwritten; details come with -v."""
    for verbosity, lines in ((0, 2), (1, 3)):
        watch = steps.watcher(Settings(verbosity=verbosity))
        with step(watch, "one", "First thing") as running:
            running.note("a detail")
            running.met("a condition")
            running.text = "found"
        shown = capsys.readouterr().err.splitlines()
        assert len(shown) == lines
        assert shown[-1].startswith(("✓ First thing: found (", "ok First thing: found ("))


def test_a_step_that_fails_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """The exception passes, and its step is marked."""
    watch = steps.watcher(Settings())
    with pytest.raises(ProvisionError), step(watch, "one", "First thing"):
        raise ProvisionError("CLU-007", "too slow")
    assert "First thing" in capsys.readouterr().err


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """`--quiet` leaves results and errors only."""
    with step(steps.watcher(Settings(quiet=True)), "one", "First thing"):
        pass
    shown = capsys.readouterr()
    assert not shown.out + shown.err


def test_events_as_json_lines_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """`create -o json` streams one event a line."""
    with step(steps.watcher(Settings(output="json"), events_on_stdout=True), "one", "First"):
        pass
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["state"] for event in events] == ["started", "done"]
    assert {event["type"] for event in events} == {"step"}
    assert {event["step"] for event in events} == {"one"}


def test_a_refusal_shows_every_mismatch(capsys: pytest.CaptureFixture[str]) -> None:
    """Claim, expectation with its source, and what was found."""
    error = AttestationError(
        [
            Mismatch("CLU-015", "initdata", "aa", "bb", "the owner's pin"),
            Mismatch("CLU-006", "cluster ID", "cc", "dd", "the owner's pin"),
        ]
    )
    failures.show(error, Settings())
    shown = capsys.readouterr().err
    for part in ("initdata", "expected: aa  (from the owner's pin)", "got:      dd", "hint:"):
        assert part in shown
    document = failures.document(error)
    assert document["exitCode"] == 6
    assert len(document["mismatches"]) == 2  # type: ignore[arg-type]


def test_colour_is_for_people_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR wins over FORCE_COLOR; without a terminal there is none."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert not Settings().color
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert Settings().color
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Settings().color


def test_a_line_of_an_event_without_text_has_no_colon() -> None:
    """`sign title (time)`."""
    shown = steps.line(Event("one", "done", "First thing", "", 1234))
    assert "First thing \x1b" in shown or "First thing (" in shown
    assert "1.2 s" in shown
