"""The map of attacks is whole, true and fresh."""

import json
import sys
from pathlib import Path

import pytest

from asterism import proc
from asterism.e2e import sightings, twins
from asterism.e2e.attack_map import CHECKOUT, Collector, Tried, page
from asterism.e2e.attacks import POWERS, ROWS, SECTIONS, WANTED
from asterism.errors.catalogue import entries

UNDER_WAY = frozenset(["J02", "L10"])


@pytest.fixture(scope="module")
def collected() -> Collector:
    """What the suites try, collected by a process of its own as pytest is running here."""
    done = proc.run([sys.executable, "-m", "asterism.e2e.attack_map"], timeout=60)
    found = json.loads(done.stdout)
    return Collector(*([_tried(item) for item in found[kind]] for kind in ("attacks", "twins")))


def _tried(item: dict[str, str]) -> Tried:
    return Tried(**item | {"refused": tuple(item["refused"])})  # type: ignore[arg-type]


def rows_of(found: list[Tried]) -> set[str]:
    """The rows that these tests name."""
    return {tried.row for tried in found}


def test_every_wanted_attack_is_refused_by_a_test_and_succeeds_in_a_twin(
    collected: Collector,
) -> None:
    """No row of today's is without both, in tests that run."""
    wanted = WANTED - UNDER_WAY
    assert not wanted - rows_of(collected.attacks)
    assert not wanted - rows_of(collected.twins)


def test_tests_name_rows_of_today_only(collected: Collector) -> None:
    """A test of a planned row makes it one of today's."""
    assert rows_of(collected.attacks) | rows_of(collected.twins) <= WANTED


def test_every_twin_on_disk_is_of_a_row_that_has_a_twin_test(collected: Collector) -> None:
    """A folder of `e2e/twins` is named after its row."""
    folders = {path.name for path in twins.FOLDER.iterdir() if path.is_dir()}
    assert folders <= rows_of(collected.twins)


def test_every_refusal_that_tests_name_is_in_the_catalogue(collected: Collector) -> None:
    """IDs are documented ones, and each attack has at least one."""
    for tried in collected.attacks:
        assert tried.refused, tried
        assert set(tried.refused) <= entries().keys(), tried


def test_the_page_is_fresh(collected: Collector) -> None:
    """docs/attacks.md is what `make docs` writes."""
    assert (CHECKOUT / "docs/attacks.md").read_text() == page(collected)


def test_rows_are_of_one_form() -> None:
    """IDs are unique and count up, powers are known ones."""
    rows = [row for section in SECTIONS.values() for row in section]
    assert len(rows) == len(ROWS)
    assert set(ROWS) >= WANTED
    for row in rows:
        assert set(row.powers) <= set(POWERS), row
    for section in SECTIONS.values():
        family = section[0].identity[0]
        assert [row.identity for row in section] == [
            f"{family}{number:02}" for number in range(1, len(section) + 1)
        ]


TEST = """
import pytest
from asterism.e2e import sightings

@pytest.mark.{marker}
def test_it():
    {body}
"""
ATTACK = 'attack("A01", refused=("ATT-001", "ATT-002"))'
TWIN = 'twin("A01")'


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite of one test under the hooks."""
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n    attack(row, refused): x\n    twin(*rows): x\n"
    )
    hooks = "from asterism.e2e.attack_hooks import pytest_runtest_call, pytest_runtest_setup\n"
    (tmp_path / "conftest.py").write_text(hooks)
    return tmp_path


@pytest.mark.parametrize(
    ("marker", "body", "passes"),
    [
        (ATTACK, "pass", False),
        (ATTACK, 'sightings.refusal("ATT-001")', False),
        (ATTACK, 'sightings.refusal("ATT-001", "ATT-002")', True),
        (TWIN, "pass", False),
        (TWIN, 'sightings.twin("A02")', False),
        (TWIN, 'sightings.twin("A01")', True),
    ],
)
def test_a_marked_test_passes_only_if_it_saw_what_it_claims(
    suite: Path, marker: str, body: str, passes: bool
) -> None:
    """Every ID of a refusal, and the twin itself."""
    (suite / "test_it.py").write_text(TEST.format(marker=marker, body=body))
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(suite)]
    done = proc.run(argv, check=False, timeout=60)
    assert (done.returncode == 0) is passes, done.text


def test_sightings_are_of_one_test() -> None:
    """What one test saw is forgotten when the next begins."""
    sightings.refusal("ATT-001")
    sightings.begin()
    assert not sightings.refusals()
