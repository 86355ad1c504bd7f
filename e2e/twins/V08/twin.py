"""V08, a debug guest. Taken away: the rule that debugging must be off."""

from asterism.attestation.policy import Policy
from asterism.e2e.lab.owner import LabOwner


def policy(owner: LabOwner) -> Policy:
    """The owner's policy, which allows debugging."""
    return owner.policy(allow_debug=True)
