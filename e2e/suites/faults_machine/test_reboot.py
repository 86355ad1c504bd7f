"""A host that was restarted under its clusters."""

import json

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, Wanted
from asterism.e2e.faults.reboot import reboot
from asterism.e2e.faults.told import error_of

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(240)]


@pytest.mark.usefixtures("nothing_added")
def test_a_cluster_comes_back_after_its_host_was_restarted(clusters: ClusterFactory) -> None:
    """It is told to be stopped; `create` starts it with all that it knew; `delete` removes it."""
    cluster = clusters.create(Wanted(workers=0))
    cluster.wait_ready()
    cluster.kubectl("-n", "default", "create", "configmap", "memory", "--from-literal=kept=yes")
    reboot(cluster)
    assert running(cluster) == 0
    error = error_of(cluster, "cluster", "status", cluster.name)
    assert error["error"] in {"MCH-003", "MCH-019"}, error
    cluster.asterism("cluster", "create", cluster.name)
    cluster.wait_ready()
    kept = cluster.get("-n", "default", "configmap", "memory")
    assert kept["data"] == {"kept": "yes"}
    reboot(cluster)
    clusters.delete(cluster)


def running(cluster: Cluster) -> int:
    """How many machines `cluster list` says to run."""
    listed = json.loads(cluster.asterism("cluster", "list", "-o", "json"))
    (own,) = [item for item in listed["items"] if item["name"] == cluster.name]
    count: int = own["running"]
    return count
