"""Names of clusters and of their machines, and where a cluster is found."""

import re

from asterism.errors import UserError

PATTERN = "^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$"
"""1 to 30 characters: machine names built from it stay within a DNS label."""

RELAY_HOST = "127.0.0.1"
"""Where the relay of every cluster of this computer listens."""


def require_cluster_name(name: str) -> None:
    """UserError CFG-006 unless `name` may be a cluster's."""
    if not re.fullmatch(PATTERN, name):
        raise UserError("CFG-006", f"`{name}` cannot be the name of a cluster")


def control_plane(cluster: str, number: int) -> str:
    """The name of control plane `number`, from 1."""
    return f"{cluster}-cp-{number}"


def worker(cluster: str, number: int) -> str:
    """The name of worker `number`, from 1."""
    return f"{cluster}-worker-{number}"
