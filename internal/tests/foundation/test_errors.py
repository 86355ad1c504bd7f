"""The error tree and its catalogue."""

import re

import pytest

from asterism.errors import AttestationError, Error, ExitCode, Mismatch
from asterism.errors.catalogue import entries, entry


def test_every_entry_tells_cause_and_remedy() -> None:
    """A reader of `asterism explain` gets whole sentences."""
    for item in entries().values():
        assert re.fullmatch(r"[A-Z]{3}-\d{3}", item.error_id), item.error_id
        assert item.title
        assert item.cause.endswith("."), item.error_id
        assert item.hint, item.error_id


def test_attestation_refusals_leave_with_exit_code_six() -> None:
    """Scripts tell a refusal from a failure."""
    refusals = [item for item in entries().values() if item.error_id.startswith("ATT-")]
    assert all(item.exit_code is ExitCode.ATTESTATION_REFUSED for item in refusals)


def test_an_error_takes_its_hint_from_the_catalogue() -> None:
    """Texts live in one place."""
    error = Error("INT-001", "the impossible happened")
    assert error.hint == entry("INT-001").hint
    assert str(error) == "[INT-001] the impossible happened"


def test_an_unknown_id_is_a_bug() -> None:
    """No error leaves us without an entry."""
    with pytest.raises(KeyError):
        entry("XXX-999")


def test_a_refusal_without_a_mismatch_cannot_be_made() -> None:
    """There is no refusal that does not say why."""
    with pytest.raises(ValueError, match="at least one"):
        AttestationError([])


def test_a_refusal_shows_all_mismatches() -> None:
    """The whole difference is seen at once."""
    first = Mismatch("INT-001", "pcr 4", "aa", "bb", "policy")
    second = Mismatch("INT-002", "pcr 9", "cc", "dd", "policy")
    error = AttestationError([first, second])
    assert error.error_id == "INT-001"
    assert "pcr 4: expected aa (policy), got bb" in str(error)
    assert "pcr 9: expected cc (policy), got dd" in str(error)
