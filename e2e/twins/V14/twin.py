"""V14, a report for a lower privilege level. Taken away: reports must come from VMPL 0."""

from dataclasses import replace

from asterism.attestation.policy import Policy
from asterism.e2e.lab.owner import LabOwner


def policy(owner: LabOwner, vmpl: int) -> Policy:
    """The owner's policy, which wants reports for `vmpl`."""
    made = owner.policy()
    return replace(made, snp=replace(made.snp, vmpl=vmpl))
