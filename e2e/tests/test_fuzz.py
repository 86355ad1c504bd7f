"""Every parser of foreign bytes answers or refuses by an ID. `make fuzz` looks longer."""

from pathlib import Path

import pytest

from asterism.e2e.fuzz.completeness import readers
from asterism.e2e.fuzz.exemptions import EXEMPT
from asterism.e2e.fuzz.judge import Verdict, judge, time_limit
from asterism.e2e.fuzz.passes import Pass
from asterism.e2e.fuzz.registry import targets
from asterism.e2e.fuzz.target import Target

INPUTS = 200
SEED = 20261123
REGRESSIONS = Path(__file__).with_name("fuzz_regressions")
NO_ANSWER = frozenset({"owner-certificate"})
"""Their good inputs depend on a key that is made anew in each process."""

TARGETS = targets()
pytestmark = pytest.mark.filterwarnings("ignore")  # of certificates that nobody should have issued


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_strange_inputs_raise_nothing_but_errors_of_ours(target: Target) -> None:
    """Some hundred mutants, the same at every run."""
    found: dict[str, str] = {}

    def keep(data: bytes, verdict: Verdict) -> None:
        found[verdict.finding] = f"{data!r}: {verdict.details}"

    with time_limit():
        Pass(target, SEED).run(INPUTS, lambda _: None, keep)
    assert not found, "\n".join(found.values())


@pytest.mark.parametrize("name", sorted(TARGETS.keys() - NO_ANSWER))
def test_good_inputs_get_an_answer(name: str) -> None:
    """Else the mutants would all stop at the first line of the parser."""
    target = TARGETS[name]
    with time_limit():
        verdicts = [judge(target, seed) for seed in target.seeds()]
    assert "answer" in {verdict.place[0] for verdict in verdicts}, verdicts
    assert all(len(seed) <= target.maximum for seed in target.seeds())


@pytest.mark.parametrize("path", sorted(REGRESSIONS.glob("*/*.bin")), ids=lambda path: path.stem)
def test_what_was_found_once_stays_mended(path: Path) -> None:
    """The smallest input of every finding so far."""
    with time_limit():
        verdict = judge(TARGETS[path.parent.name], path.read_bytes())
    assert not verdict.finding, verdict.details


def test_no_reader_is_forgotten() -> None:
    """Every public function that reads is tried by a target, or exempt for a reason."""
    covered = {name for target in TARGETS.values() for name in target.covers}
    assert readers() - covered - EXEMPT.keys() == set()


def test_nothing_is_named_that_is_not_there() -> None:
    """Targets and exemptions name readers of today, and none is both."""
    covered = {name for target in TARGETS.values() for name in target.covers}
    assert (covered | EXEMPT.keys()) - readers() == set()
    assert covered & EXEMPT.keys() == set()
