"""Where things lie on the host (root's state) and inside a node."""

from pathlib import Path

STATE = Path("/var/lib/asterism")
IMAGES = STATE / "images"
CLUSTERS = STATE / "clusters"
MAKERS = STATE / "makers"
"""Keys of the emulated chip and TPM makers: the host is assumed not to read them."""

CACHE = Path("/var/cache/asterism")

NODE_HOST = Path("/run/host")
"""In a node: the directory that the host shares, 0700."""
NODE_HOST_SOCKET = NODE_HOST / "host.sock"
NODE_TPM_SOCKET = NODE_HOST / "tpm.sock"

NODE_STATE = Path("/var/lib/asterism")
"""In a node: the agent's own state, on the state disk."""


def cluster_dir(cluster: str) -> Path:
    """The state of one cluster on the host."""
    return CLUSTERS / cluster


def machine_dir(cluster: str, machine: str) -> Path:
    """The state of one machine on the host."""
    return cluster_dir(cluster) / "machines" / machine
