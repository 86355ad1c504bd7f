"""V09, old or forgeable firmware. Taken away: floors are those of patched platforms.

For product lines whose keys leaked: that they are on the list of distrusted lines.
"""

from dataclasses import replace

import pytest

from asterism.attestation.policy import Policy
from asterism.attestation.snp import verify
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.e2e.lab.owner import LabOwner


def policy(owner: LabOwner) -> Policy:
    """The owner's policy, which accepts the first firmware there ever was."""
    made = owner.policy()
    return replace(made, snp=replace(made.snp, minimum_tcb={Product.GENOA: Tcb(0, 0, 0, 0)}))


def forget_leaks(patch: pytest.MonkeyPatch) -> None:
    """Distrust no line."""
    patch.setattr(verify, "DISTRUSTED", {})
