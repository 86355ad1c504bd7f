"""What answers on a node's addresses: exactly the ports that docs/ports.md lists."""

import json
import re
import sys
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from asterism import proc
from asterism.e2e.cluster import Cluster, mesh_addresses
from asterism.e2e.machine import Machine
from asterism.e2e.neighbour import SCAN_TIMEOUT, neighbour_of

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(400)]

PORTS = (Path(__file__).parents[3] / "docs/ports.md").read_text()
ROW = re.compile(r"^\| tcp (?P<ports>[\d, ]+) \| (?P<who>[^|]+)\|", re.MULTILINE)
CONTROL_PLANE_ONLY = "(control plane)"


def documented(address: str, role: str) -> list[int]:
    """Ports that the section "On the ADDRESS address" lists for a node of `role`."""
    section = PORTS.split(f"## On the {address} address")[1].split("\n## ")[0]
    found = [
        int(port)
        for row in ROW.finditer(section)
        if role == "control-plane" or CONTROL_PLANE_ONLY not in row["who"]
        for port in row["ports"].split(",")
    ]
    return sorted(found)


def test_a_stranger_on_the_wires_finds_only_the_attest_port(confidential_cluster: Cluster) -> None:
    """All TCP ports of every node's underlay address; by way of it, nothing of its mesh address."""
    mesh = mesh_addresses(confidential_cluster)
    with neighbour_of(confidential_cluster.name) as neighbour:
        for machine in confidential_cluster.machines:
            underlay, inner = machine.spec.address, mesh[machine.name]
            neighbour.route(inner, via=underlay)
            found = neighbour.open_ports(underlay, inner)
            expected = documented("underlay", machine.spec.role)
            assert found == {str(underlay): expected, str(inner): []}, machine.name


def test_a_member_finds_the_documented_ports_on_the_mesh(confidential_cluster: Cluster) -> None:
    """All TCP ports of every node's mesh address, seen from another node."""
    mesh = mesh_addresses(confidential_cluster)
    control_plane, worker = confidential_cluster.control_planes[0], confidential_cluster.workers[0]
    for viewer, seen in ((worker, control_plane), (control_plane, worker)):
        address = mesh[seen.name]
        assert scan(viewer, address) == documented("mesh", seen.spec.role), seen.name


def scan(viewer: Machine, address: IPv4Address) -> list[int]:
    """Open TCP ports of `address` as the network of `viewer` sees them."""
    enter = ["nsenter", f"--net=/proc/{viewer.init.pid}/ns/net", "--"]
    argv = [*enter, sys.executable, "-m", "asterism.e2e.portscan", str(address)]
    found: list[int] = json.loads(proc.run(argv, timeout=SCAN_TIMEOUT).text)[str(address)]
    return found
