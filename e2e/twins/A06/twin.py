"""A06, an old quote beside a fresh report. Taken away: the quote was made for this session."""

import pytest

from asterism.attestation.tpm import quote


def apply(patch: pytest.MonkeyPatch) -> None:
    """Take quotes of any time."""
    patch.setattr(quote, "check_purpose", lambda _quote, _data, _findings: None)
