"""Machines that ask a running cluster for a place they must not have."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from asterism.config import network
from asterism.e2e import twin_image, twins
from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, Wanted
from asterism.e2e.machine import Machine
from asterism.e2e.refused import expect_in_journal
from asterism.e2e.tampered import TamperedImage
from asterism.e2e.waiting import eventually
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.store import MachineDir

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(120)]

ADDRESS = network.UNDERLAY[99]


@contextmanager
def copy_of(machine: Machine, cluster: Cluster) -> Iterator[Machine]:
    """Another machine that the host starts with the same image and the same initdata."""
    provider = SandboxProvider()
    spec = replace(machine.spec, machine=f"{cluster.name}-copy", address=ADDRESS)
    try:
        provider.create(spec, machine.folder.initdata_file.read_bytes())
        provider.start(cluster.name, spec.machine)
        yield Machine(MachineDir.of(cluster.name, spec.machine))
    finally:
        provider.delete(cluster.name, spec.machine)


@pytest.mark.attack("J09", refused="JOI-004")
def test_a_grant_used_twice_is_refused_and_disturbs_nobody(confidential_cluster: Cluster) -> None:
    """J09: a second machine with a worker's initdata is refused; the worker stays the worker."""
    worker = confidential_cluster.workers[0]
    with copy_of(worker, confidential_cluster) as copy:
        eventually(lambda: expect_in_journal(copy, "JOI-004"), within=60, every=1)
        control_plane = confidential_cluster.control_planes[0]
        eventually(lambda: expect_in_journal(control_plane, "JOI-004"), within=10, every=1)
        assert worker.name in confidential_cluster.ready_nodes()
        members = json.loads(
            confidential_cluster.asterism(
                "cluster", "status", confidential_cluster.name, "-o", "json"
            )
        )["nodes"]
        assert {member["name"] for member in members} == confidential_cluster.ready_nodes()
    confidential_cluster.asterism("cluster", "verify", confidential_cluster.name)


@pytest.mark.twin("J09")
@pytest.mark.timeout(400)
def test_twin_of_a_grant_used_twice(clusters: ClusterFactory, tmp_path: Path) -> None:
    """J09: with that one rule gone from the nodes' image, the copy is given the worker's place."""
    image = TamperedImage(twin_image.build(twins.load("J09"), tmp_path))
    image.vouch(clusters.home)
    cluster = clusters.create(Wanted(image=str(image.folder)))
    worker = cluster.workers[0]
    with copy_of(worker, cluster) as copy:
        eventually(lambda: expect_member(copy, worker.name), within=60, every=1)


def expect_member(machine: Machine, name: str) -> None:
    """The node says that it joined as `name`."""
    assert f"member {name}" in machine.journal(), f"{machine.name} is no member"
