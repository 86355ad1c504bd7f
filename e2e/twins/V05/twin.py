"""V05, another command line or root. Taken away: reference values are those of the owner's image.

The owner signs what the tampered image measures, so his policy accepts it. For policies that leave
out a register: that they must state them all (GHSA-xrv8-2pf5-f3q7).
"""

import pytest

from asterism.attestation import policy
from asterism.e2e.home import Home
from asterism.e2e.tampered import TamperedImage


def vouch(image: TamperedImage, home: Home) -> None:
    """Have the owner of `home` sign the values of `image`."""
    image.vouch(home)


def allow_gaps(patch: pytest.MonkeyPatch) -> None:
    """Take policies as they are."""
    patch.setattr(policy, "_incomplete", lambda _policy: [])
