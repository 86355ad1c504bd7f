"""What becomes of a creation that did not end well: the whole table."""

from itertools import product
from pathlib import Path

import pytest

from asterism.cluster.aftermath import Aftermath, Fate, Found, settle
from asterism.errors import UserError

BUNDLE = Path("/bundle.tar.gz")


class Doings:
    """Records what was done, in order."""

    def __init__(self, *, failing: str = "") -> None:
        self.done: list[str] = []
        self._failing = failing

    def save(self) -> Path:
        """Save the bundle."""
        self._do("bundle")
        return BUNDLE

    def roll_back(self) -> None:
        """Delete what was made."""
        self._do("rollback")

    def _do(self, what: str) -> None:
        self.done.append(what)
        if what == self._failing:
            raise UserError("KCF-001", "busy") if what == "rollback" else OSError(28, "full")

    def settle(self, found: Found, *, interrupted: bool, retain: bool | None) -> Aftermath:
        """The aftermath of a step."""
        return settle(
            "local",
            "Create machines",
            found,
            interrupted=interrupted,
            retain=retain,
            save_bundle=self.save,
            roll_back=self.roll_back,
        )


ALL = list(product(Found, (False, True), (None, True, False)))


@pytest.mark.parametrize(("found", "interrupted", "retain"), ALL)
def test_only_what_this_run_began_is_ever_deleted(
    found: Found, interrupted: bool, retain: bool | None
) -> None:
    """On failure by default, on interruption if asked; never what was there before."""
    doings = Doings()
    after = doings.settle(found, interrupted=interrupted, retain=retain)
    wanted = retain is False or (retain is None and not interrupted)
    deletes = found is Found.BEGUN_HERE and wanted
    assert ("rollback" in doings.done) == deletes
    assert (after.fate is Fate.ROLLED_BACK) == deletes
    assert (after.fate is Fate.NOTHING_MADE) == (found is Found.NOTHING)


@pytest.mark.parametrize("retain", [None, True, False])
@pytest.mark.parametrize("found", [Found.BEGUN_HERE, Found.BEGUN_BEFORE])
def test_a_failure_leaves_a_bundle_before_anything_is_deleted(
    found: Found, retain: bool | None
) -> None:
    """Whatever becomes of the cluster."""
    doings = Doings()
    after = doings.settle(found, interrupted=False, retain=retain)
    assert doings.done[0] == "bundle"
    assert after.bundle == BUNDLE


def test_without_a_bundle_nothing_is_deleted_unasked() -> None:
    """What was made is the only trace of the cause; the reason is told."""
    doings = Doings(failing="bundle")
    after = doings.settle(Found.BEGUN_HERE, interrupted=False, retain=None)
    assert (after.fate, after.bundle) == (Fate.KEPT, None)
    assert "FIL-003" in after.trouble
    asked = Doings(failing="bundle").settle(Found.BEGUN_HERE, interrupted=False, retain=False)
    assert asked.fate is Fate.ROLLED_BACK


def test_a_rollback_that_fails_is_told() -> None:
    """Then the cluster is there, and the reason is known."""
    after = Doings(failing="rollback").settle(Found.BEGUN_HERE, interrupted=False, retain=None)
    assert (after.fate, after.bundle) == (Fate.KEPT, BUNDLE)
    assert "KCF-001" in after.trouble
