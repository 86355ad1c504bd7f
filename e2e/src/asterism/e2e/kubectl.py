"""The kubectl that matches the cluster's Kubernetes, as the image build left it for the host."""

from functools import cache
from pathlib import Path

from asterism.images import store


@cache
def program() -> Path:
    """Where it is; UserError IMG-002 when no image was built on this host."""
    return store.kubectl()
