"""The ledger on disk."""

from pathlib import Path

import pytest

from asterism.bootstrapper.trust.ledger import Ledger, LedgerFile
from asterism.errors import ProvisionError


def test_what_was_saved_is_loaded(tmp_path: Path, ledger: Ledger) -> None:
    """Every field survives, in a file for the agent only."""
    file = LedgerFile(tmp_path / "state" / "ledger.json")
    file.save(ledger)
    assert file.load() == ledger
    assert (tmp_path / "state" / "ledger.json").stat().st_mode & 0o777 == 0o600


def test_no_file_is_no_ledger(tmp_path: Path) -> None:
    """Before the genesis there is none."""
    assert LedgerFile(tmp_path / "ledger.json").load() is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 2}', "{'"])
def test_a_broken_ledger_is_not_an_empty_one(tmp_path: Path, content: str) -> None:
    """A damaged file stops the service: an empty ledger would admit used grants again."""
    path = tmp_path / "ledger.json"
    path.write_text(content)
    with pytest.raises(ProvisionError, match="JOI-501"):
        LedgerFile(path).load()


def test_a_crash_before_the_rename_keeps_the_old_ledger(tmp_path: Path, ledger: Ledger) -> None:
    """The half-written file beside it is not looked at."""
    file = LedgerFile(tmp_path / "ledger.json")
    file.save(ledger)
    (tmp_path / ".ledger.json.new").write_text("{")
    assert file.load() == ledger
