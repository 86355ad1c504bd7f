"""J09, one grant on two machines. Taken away: one slot is one machine."""

import pytest

from asterism.bootstrapper.trust import admission

FILE = "bootstrapper/src/asterism/bootstrapper/trust/admission.py"
REPLACEMENT = '''\
def _slot_mismatches(ledger: Ledger, applicant: Applicant) -> list[Mismatch]:
    """Look only at the grant, not at who holds the slot already."""
    return []
'''


def apply(patch: pytest.MonkeyPatch) -> None:
    """The same in this process."""
    patch.setattr(admission, "_slot_mismatches", lambda _ledger, _applicant: [])
