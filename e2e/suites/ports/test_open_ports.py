"""What a stranger on the wires finds: exactly the documented ports."""

import re
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.neighbour import neighbour_of

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(300)]

PORTS = Path(__file__).parents[3] / "docs/ports.md"
ROW = re.compile(
    r"^\| (?P<address>underlay|mesh) \| (?P<role>[a-z-]+) \| (?P<port>\d+) \|", re.MULTILINE
)


def documented(address: str, role: str) -> list[int]:
    """Ports that docs/ports.md lists for an address of a node of a role."""
    rows = ROW.finditer(PORTS.read_text())
    return sorted(
        int(row["port"])
        for row in rows
        if row["address"] == address and row["role"] in {role, "every"}
    )


def test_exactly_the_documented_ports_answer(confidential_cluster: Cluster) -> None:
    """All TCP ports of every node's underlay address, and of its mesh address by way of it."""
    mesh = mesh_addresses(confidential_cluster)
    with neighbour_of(confidential_cluster.name) as neighbour:
        for machine in confidential_cluster.machines:
            underlay, inner = machine.spec.address, mesh[machine.name]
            neighbour.route(inner, via=underlay)
            found = neighbour.open_ports(underlay, inner)
            assert found == {
                str(underlay): documented("underlay", machine.spec.role),
                str(inner): documented("mesh", machine.spec.role),
            }, machine.name


def mesh_addresses(cluster: Cluster) -> dict[str, IPv4Address]:
    """The address under which Kubernetes knows each node."""
    return {
        node["metadata"]["name"]: IPv4Address(
            next(a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP")
        )
        for node in cluster.get("nodes")["items"]
    }
