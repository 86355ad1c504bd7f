"""V05, another command line or root. Taken away: reference values are those of the owner's image.

The owner signs what the tampered image measures, so his policy accepts it.
"""

from asterism.e2e.home import Home
from asterism.e2e.tampered import TamperedImage


def vouch(image: TamperedImage, home: Home) -> None:
    """Have the owner of `home` sign the values of `image`."""
    image.vouch(home)
