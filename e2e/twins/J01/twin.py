"""J01, another image. Taken away: the reference values are those of the owner's image."""

from asterism.attestation.policy import Policy
from asterism.e2e.lab.machine import Image
from asterism.e2e.lab.owner import LabOwner


def policy(owner: LabOwner, image: Image) -> Policy:
    """The owner's policy with the values of the image that the host starts."""
    return owner.policy(image)
