"""The fuzzing engine finds what it should: tried on parsers with known faults."""

import os
from pathlib import Path
from random import Random

import pytest

from asterism.e2e.fuzz import campaign
from asterism.e2e.fuzz import judge as judging
from asterism.e2e.fuzz.campaign import Result
from asterism.e2e.fuzz.judge import ANSWERED, Verdict, judge, time_limit
from asterism.e2e.fuzz.minimise import minimised
from asterism.e2e.fuzz.mutators import der, json_tree, protobuf, text
from asterism.e2e.fuzz.mutators.mixed import Mutator
from asterism.e2e.fuzz.passes import Pass
from asterism.e2e.fuzz.registry import targets
from asterism.e2e.fuzz.state import Progress, TargetState
from asterism.e2e.fuzz.target import Shape, Target
from asterism.errors import InternalError, UserError


def _faulty(data: bytes) -> None:
    if data.startswith(b"A"):
        raise KeyError(data)
    if data.startswith(b"B"):
        raise InternalError("INT-001", "a bug")
    if data.startswith(b"C"):
        while True:
            pass
    if data.startswith(b"D"):
        raise UserError("CFG-001", "no")
    if data.startswith(b"E"):
        raise UserError("CFG-999", "an ID that is in no table")


FAULTY = Target("faulty", _faulty, lambda: [b"xyz"], Shape.BYTES, (), (b"A",), maximum=64)


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"A", "KeyError"),
        (b"B", "InternalError"),
        (b"C", "TooSlowError"),
        (b"E", "Error"),
        (b"D", ""),
        (b"x", ""),
    ],
    ids=["foreign error", "our bug", "hang", "unknown ID", "refusal", "answer"],
)
def test_only_answers_and_known_errors_are_right(
    data: bytes, finding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else happens is a finding."""
    monkeypatch.setattr(judging, "CPU_SECONDS", 0.05)
    with time_limit():
        verdict = judge(FAULTY, data)
    assert finding in verdict.finding
    assert bool(verdict.finding) == bool(finding)


def test_a_pass_finds_a_fault_and_is_the_same_each_time() -> None:
    """Seeded: the inputs depend on nothing else."""
    first, second = [_findings(FAULTY) for _ in range(2)]
    assert first == second
    assert any("KeyError" in finding for _, finding in first)


def _findings(target: Target) -> list[tuple[bytes, str]]:
    found: list[tuple[bytes, str]] = []
    with time_limit():
        Pass(target, 1).run(300, lambda _: None, lambda data, v: found.append((data, v.finding)))
    return found


def test_findings_are_made_small() -> None:
    """Down to what is needed."""
    with time_limit():
        data = b"A" + bytes(50)
        assert minimised(FAULTY, data, judge(FAULTY, data)) == b"A"


def test_the_smallest_input_of_a_finding_is_kept(tmp_path: Path) -> None:
    """Whatever order they come in."""
    state = TargetState(tmp_path / "t").make()
    for data in (b"Axx", b"Ax", b"Axxx"):
        state.keep("KeyError at x", "details", data)
    assert [path.read_bytes() for path in state.findings.glob("*.bin")] == [b"Ax"]
    assert state.found() == ["KeyError at x"]


def test_progress_outlives_its_process(tmp_path: Path) -> None:
    """What was judged last can be read after a crash."""
    path = tmp_path / "progress"
    progress = Progress(path, 64)
    pid = os.fork()
    if pid == 0:
        progress.begin(b"deadly")
        os.kill(os.getpid(), 9)
    os.waitpid(pid, 0)
    again = Progress(path, 64)
    assert (again.count, again.current) == (1, b"deadly")


def test_a_campaign_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inputs are counted over all runs."""
    monkeypatch.setattr(campaign, "POLL", 0.05)
    target = targets()["snp-tcb"]
    judged: list[int] = []

    def report(result: Result) -> None:
        judged.append(result.judged)
        assert result.findings == ()

    for goal, anew in ((200, False), (500, False), (500, False), (100, True)):
        campaign.run(
            [target],
            mode="blind",
            inputs=goal,
            processes=1,
            folder=tmp_path,
            report=report,
            anew=anew,
        )
    assert judged == [200, 300, 0, 100]


@pytest.mark.parametrize("name", ["policy", "evidence", "snp-leaf", "cluster-config", "uki"])
def test_mutants_are_of_every_kind_and_never_too_long(name: str) -> None:
    """One target for each grammar; the mutators themselves never fail."""
    target = targets()[name]
    mutator, seeds = Mutator(target, Random(1)), list(target.seeds())
    mutants = {mutator.next(seeds) for _ in range(2000)}
    assert len(mutants) > 1000
    assert max(map(len, mutants)) <= target.maximum


@pytest.mark.parametrize("data", [b"", b"\x30", b"{", b"\xff" * 9, b"\x30\x80", b"[" * 3000])
def test_mutators_take_anything(data: bytes) -> None:
    """What is of no grammar is changed as bytes or left alone."""
    for mutate in (der.mutate, protobuf.mutate, text.mutate):
        mutate(data, Random(1), ())
    json_tree.mutate(data, Random(1), (), canonical=True)


def test_der_mutants_have_right_lengths() -> None:
    """Else they would never get past the first element."""
    certificate = targets()["anchor-der"].seeds()[0]
    for number in range(200):
        mutant = der.mutate(certificate, Random(number), ())
        assert not mutant or der.is_well_formed(mutant)


def test_an_answer_is_no_finding() -> None:
    """The verdict that most inputs of a lenient parser get."""
    assert Verdict(("answer", "", 0)) == ANSWERED
