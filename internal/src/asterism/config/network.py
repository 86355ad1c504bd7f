"""Addresses and ports of a cluster.

Each cluster has a network of its own (a namespace, or its own wires), so every cluster uses the
same ranges and none can clash with another or with the owner's networks.
"""

from ipaddress import IPv4Address, IPv4Network

UNDERLAY = IPv4Network("10.210.0.0/24")
"""The untrusted wires between machines; the host gives each machine one address."""

MESH = IPv4Network("10.211.0.0/24")
"""Node addresses as Kubernetes sees them; the trust service assigns them."""

PODS = IPv4Network("10.212.0.0/16")
"""Cut into one /24 for each node."""

SERVICES = IPv4Network("10.213.0.0/16")
API_SERVICE = IPv4Address("10.213.0.1")
DNS_SERVICE = IPv4Address("10.213.0.10")

ATTEST_PORT = 9443
"""The one port that a node answers on its underlay address."""

API_PORT = 6443

MESH_INTERFACE = "mesh0"
UNDERLAY_INTERFACE = "eth0"

ATTEST_SERVER_NAME = "attest.asterism.internal"
"""TLS server name of an attested session with whichever control plane answers."""

API_SERVER_NAME = "kubernetes"
"""TLS server name that leads through the attest port to the API server."""


def attest_server_name(machine: str) -> str:
    """TLS server name of an attested session with one machine, for the relay to route by."""
    return f"{machine}.{ATTEST_SERVER_NAME}"
