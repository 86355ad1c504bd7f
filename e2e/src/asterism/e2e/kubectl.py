"""The kubectl that matches the cluster's Kubernetes, as the image build left it."""

import shutil
from functools import cache
from pathlib import Path

from asterism.config import paths

PLACES = (paths.IMAGES / "current" / "kubectl", Path("/usr/local/bin/kubectl"))


@cache
def program() -> Path:
    """Where it is. Raises LookupError when no image was built on this host."""
    for place in PLACES:
        if place.is_file():
            return place
    found = shutil.which("kubectl")
    if found is None:
        msg = "no kubectl: run `make image` first"
        raise LookupError(msg)
    return Path(found)
