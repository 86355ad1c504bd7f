"""L10, makers that hide what they are. Taken away: only AMD's own roots make a chip genuine."""

import pytest

from asterism.attestation import anchors


class Everything:
    """Contains every fingerprint."""

    def __contains__(self, fingerprint: object) -> bool:
        """Whatever it is."""
        return True


def apply(patch: pytest.MonkeyPatch) -> None:
    """Go by names alone."""
    patch.setattr(anchors, "AMD_ROOTS", Everything())
