"""A cluster's wires, beside the host's network."""

import os
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address

import pytest

from asterism.errors import ProvisionError
from asterism.machine.kernel import Clone, unshare
from asterism.machine.providers.sandbox import network
from asterism.net import links, netns

pytestmark = pytest.mark.root

CLUSTER = f"net-{os.getpid()}"
LINK = "ast-test"


@pytest.fixture
def wires() -> Iterator[str]:
    """The network of a cluster, as its namespace's name."""
    before = host_network()
    yield network.create(CLUSTER)
    network.delete(CLUSTER)
    assert host_network() == before


def host_network() -> bytes:
    """Interfaces, routes and rules of the host."""
    asked = (["ip", "-o", "link"], ["ip", "route"], ["ip", "rule"])
    return b"".join(
        subprocess.run(words, check=True, capture_output=True).stdout for words in asked
    )


@pytest.fixture
def node() -> Iterator[int]:
    """A process in a network namespace of its own."""
    ready, done = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            unshare(Clone.NEWNET)
            os.write(done, b"x")
            os.execvp("sleep", ["sleep", "60"])  # noqa: S606
        finally:
            os._exit(1)
    os.read(ready, 1)
    yield pid
    os.close(ready)
    os.close(done)
    os.kill(pid, 9)
    os.waitpid(pid, 0)


def test_can_be_made_twice(wires: str) -> None:
    """A repeated or interrupted create ends in the same network."""
    links.delete(network.BRIDGE, namespace=wires)
    assert network.create(CLUSTER) == wires
    assert network.create(CLUSTER) == wires
    assert links.exists(network.BRIDGE, namespace=wires)


def test_can_be_deleted_twice() -> None:
    """Deleting what is not there is no failure."""
    network.delete(CLUSTER)
    network.unplug(CLUSTER, LINK)


def test_a_name_left_half_made_is_taken_over() -> None:
    """A plain file in the place of a namespace does not block the cluster's name for ever."""
    name = network.namespace_of(CLUSTER)
    netns.create("ast-other")
    netns.path_of(name).touch()
    try:
        network.create(CLUSTER)
        assert netns.exists(name)
    finally:
        network.delete(CLUSTER)
        netns.delete("ast-other")
    assert not netns.path_of(name).exists()


def test_a_cable_reaches_the_bridge(wires: str, node: int) -> None:
    """The node has its address, forwards, and can be reached from the cluster's namespace."""
    network.plug_in(CLUSTER, LINK, IPv4Address("10.210.0.11"), node)
    inside = ["nsenter", "-t", str(node), "-n"]
    shown = subprocess.run([*inside, "ip", "-o", "addr"], check=True, capture_output=True).stdout
    assert b"10.210.0.11/24" in shown
    forward = subprocess.run(
        [*inside, "cat", "/proc/sys/net/ipv4/ip_forward"], check=True, capture_output=True
    )
    assert forward.stdout == b"1\n"
    neighbours = subprocess.run(
        ["ip", "netns", "exec", wires, "ip", "route", "get", "10.210.0.11"],
        check=True,
        capture_output=True,
    )
    assert network.BRIDGE.encode() in neighbours.stdout
    network.unplug(CLUSTER, LINK)
    assert not links.exists(LINK, namespace=wires)


def test_no_cable_without_a_network(node: int) -> None:
    """A machine whose cluster's network is gone says so."""
    with pytest.raises(ProvisionError) as refused:
        network.plug_in("no-such-cluster", LINK, IPv4Address("10.210.0.11"), node)
    assert refused.value.error_id == "MCH-003"
