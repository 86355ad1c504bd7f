"""J09, one grant on two machines. Taken away: one slot is one machine."""

import pytest

from asterism.bootstrapper.trust import admission


def apply(patch: pytest.MonkeyPatch) -> None:
    """Look only at the grant, not at who holds the slot already."""
    patch.setattr(admission, "_slot_mismatches", lambda _ledger, _applicant: [])
