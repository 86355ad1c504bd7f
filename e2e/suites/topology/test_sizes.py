"""Clusters of other sizes, and several on one host."""

import json
from itertools import permutations

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, Wanted
from asterism.e2e.pods import Namespace

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(300)]


def test_one_control_plane_and_three_workers(clusters: ClusterFactory) -> None:
    """Every node is Ready, has ranges of its own, and pods of any node reach those of any other."""
    cluster = clusters.create(Wanted(workers=3))
    cluster.wait_ready()
    nodes = cluster.get("nodes")["items"]
    names = [node["metadata"]["name"] for node in nodes]
    suffixes = ("cp-1", "worker-1", "worker-2", "worker-3")
    assert sorted(names) == [f"{cluster.name}-{suffix}" for suffix in suffixes]
    assert len({node["spec"]["podCIDR"] for node in nodes}) == len(nodes)
    expect_full_mesh(Namespace(cluster, "default"), names)


def expect_full_mesh(namespace: Namespace, nodes: list[str]) -> None:
    """A pod on each node reaches the pods on all others directly."""
    for node in nodes:
        namespace.run_server(f"on-{node}", node=node)
    pods = namespace.get("pods")["items"]
    address = {pod["metadata"]["name"]: pod["status"]["podIP"] for pod in pods}
    for client, server in permutations(address, 2):
        assert namespace.eventually_dial(client, address[server], 8080) == {server}


def test_two_clusters_side_by_side(confidential_cluster: Cluster, clusters: ClusterFactory) -> None:
    """Two clusters use the same ranges and nothing of one shows in the other."""
    other = clusters.create()
    other.wait_ready()
    for cluster in (confidential_cluster, other):
        assert cluster.ready_nodes() == {machine.name for machine in cluster.machines}
    assert cluster_id(confidential_cluster) != cluster_id(other)
    listed = json.loads(other.asterism("cluster", "list", "-o", "json"))
    names = {item["name"] for item in listed["items"]}
    assert {confidential_cluster.name, other.name} <= names
    other.kubectl("create", "namespace", "only-here")
    found = confidential_cluster.kubectl("get", "namespace", "only-here", "--ignore-not-found")
    assert not found


def test_deleting_one_cluster_leaves_the_other(
    confidential_cluster: Cluster, clusters: ClusterFactory
) -> None:
    """The remaining cluster's machines are the same processes as before, and serve."""
    with clusters():
        before = {machine.name: machine.process for machine in confidential_cluster.machines}
    after = {machine.name: machine.process for machine in confidential_cluster.machines}
    assert after == before
    confidential_cluster.wait_ready()


def cluster_id(cluster: Cluster) -> str:
    """The ID under which the owner pinned a cluster."""
    status = json.loads(cluster.asterism("cluster", "status", cluster.name, "-o", "json"))
    identity: str = status["id"]
    return identity
