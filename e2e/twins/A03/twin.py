"""A03, another genuine machine. Taken away: it must be the one made for the place."""

from asterism.atls.verifier import StandardVerifier
from asterism.e2e.lab.owner import LabOwner


def verifier(owner: LabOwner) -> StandardVerifier:
    """A verifier that takes any machine of the policy."""
    return StandardVerifier(policy=owner.policy())
