"""V13, a root that the owner does not know. Taken away: only anchors of the owner count.

The owner's policy gets the anchors that the host offers.
"""

from dataclasses import replace

from asterism.attestation.policy import Policy
from asterism.e2e.lab.owner import LabOwner, anchors_of
from asterism.machine.makers.store import MakerStore


def policy(owner: LabOwner, offered: MakerStore) -> Policy:
    """The owner's policy with the offered makers' roots."""
    return replace(owner.policy(), anchors=anchors_of(offered))
