"""The map of attacks is whole, true and fresh."""

import json
import re
import sys
from pathlib import Path

import pytest

from asterism import proc
from asterism.e2e import sightings, twins
from asterism.e2e.attack_map import CHECKOUT, Collector, Tried, page
from asterism.e2e.attacks import POWERS, ROWS, SECTIONS, WANTED
from asterism.errors.catalogue import entries


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
    assert not WANTED - rows_of(collected.attacks)
    assert not WANTED - rows_of(collected.twins)


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


TESTS = """
import pytest
from asterism.e2e import sightings

attack = pytest.mark.attack("A01", refused=("ATT-001", "ATT-002"))
twin = pytest.mark.twin("A01")

@attack
def test_of_nothing():
    pass

@attack
def test_of_one_refusal():
    sightings.refusal("ATT-001")

@attack
def test_of_both_refusals():
    sightings.refusal("ATT-001", "ATT-002")

@twin
def test_of_no_twin():
    pass

@twin
def test_of_another_twin():
    sightings.twin("A02")

@twin
def test_of_the_twin():
    sightings.twin("A01")
"""
SETTINGS = """
[pytest]
markers =
    attack(row, refused): tried
    twin(*rows): taken away
"""
HOOKS = "from asterism.e2e.attack_hooks import pytest_runtest_call, pytest_runtest_setup"


def test_a_marked_test_passes_only_if_it_saw_what_it_claims(tmp_path: Path) -> None:
    """Every ID of a refusal, and the twin itself."""
    for name, text in (("pytest.ini", SETTINGS), ("conftest.py", HOOKS), ("test_it.py", TESTS)):
        (tmp_path / name).write_text(text)
    argv = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", str(tmp_path)]
    done = proc.run(argv, check=False, timeout=60)
    passed = re.findall(r"^PASSED .*::(\w+)$", done.text, re.MULTILINE)
    assert passed == ["test_of_both_refusals", "test_of_the_twin"]
    assert "4 failed, 2 passed" in done.text


def test_sightings_are_of_one_test() -> None:
    """What one test saw is forgotten when the next begins."""
    sightings.refusal("ATT-001")
    sightings.begin()
    assert not sightings.refusals()
