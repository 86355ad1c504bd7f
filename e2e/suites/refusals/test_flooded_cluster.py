"""A running cluster whose attest port is flooded from its own wires."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from asterism.config import network
from asterism.e2e.cluster import Cluster
from asterism.e2e.machine import Machine
from asterism.e2e.neighbour import Neighbour, neighbour_of
from asterism.e2e.refused import expect_in_journal
from asterism.e2e.waiting import eventually
from asterism.net import links

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(120)]

CONNECTIONS = 500
SOURCES = [network.UNDERLAY[number] for number in range(200, 232)]
LIMIT = 10.0
"""Seconds within which an honest peer is served."""


@contextmanager
def flooding(neighbour: Neighbour, machine: Machine) -> Iterator[None]:
    """While the block runs, half-open connections from many addresses are held."""
    prefix = network.UNDERLAY.prefixlen
    links.configure(
        [f"addr add {source}/{prefix} dev eth0" for source in SOURCES],
        namespace=neighbour.namespace,
    )
    target = (str(machine.spec.address), str(network.ATTEST_PORT), str(CONNECTIONS))
    enter = ["ip", "netns", "exec", neighbour.namespace]
    program = [sys.executable, "-m", "asterism.e2e.flood", *target, *map(str, SOURCES)]
    with subprocess.Popen(
        [*enter, *program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as flood:
        assert flood.stdin is not None
        assert flood.stdout is not None
        assert flood.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            flood.stdin.close()


def join_again(worker: Machine) -> None:
    """Have the worker's agent ask for its place as after a crash, and wait until it has it."""
    before = len(worker.journal())
    worker.run("rm", "/run/asterism/kubelet-started")
    worker.run("systemctl", "restart", "asterism-agent.service")

    def expect_member() -> None:
        assert f"member {worker.name}" in worker.journal()[before:], "not a member again"

    eventually(expect_member, within=LIMIT)


@pytest.mark.attack("A15", refused="TLS-004")
def test_owner_and_workers_are_served_in_a_flood(confidential_cluster: Cluster) -> None:
    """A15: `verify` and a whole join, each under ten seconds beside 500 half-open connections."""
    control_plane = confidential_cluster.control_planes[0]
    with (
        neighbour_of(confidential_cluster.name) as neighbour,
        flooding(neighbour, control_plane),
    ):
        confidential_cluster.asterism("cluster", "verify", confidential_cluster.name, timeout=LIMIT)
        join_again(confidential_cluster.workers[0])
        expect_in_journal(control_plane, "TLS-004")
    confidential_cluster.wait_ready()
