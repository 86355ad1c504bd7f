"""Wires between machines that are slow, lose packets, or are cut for a while."""

from contextlib import ExitStack

import pytest

from asterism import clock
from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, Wanted, unique_name
from asterism.e2e.faults.told import error_of
from asterism.e2e.faults.wires import Quality, bad_wire, bad_wires, cut
from asterism.e2e.pods import Namespace
from asterism.e2e.waiting import eventually
from asterism.errors import Error

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(240)]

POOR = Quality(delay=0.02, loss=0.03, seed=4)
CUT_SECONDS = 20.0


def test_a_running_cluster_lives_with_poor_wires(
    confidential_cluster: Cluster, namespace: Namespace
) -> None:
    """20 ms and 3 % of all packets each way: attestation, scheduling and pods' traffic go on."""
    cluster = confidential_cluster
    with ExitStack() as stack:
        for machine in cluster.machines:
            stack.enter_context(bad_wire(machine.folder, POOR))
        cluster.asterism("cluster", "verify", cluster.name)
        namespace.run_server("far", node=cluster.workers[0].name)
        namespace.run_server("near", node=cluster.control_planes[0].name)
        address = namespace.get("pod", "far")["status"]["podIP"]
        assert namespace.eventually_dial("near", address, 8080) == {"far"}
    cluster.wait_ready()


def test_a_cut_wire_heals(confidential_cluster: Cluster, namespace: Namespace) -> None:
    """A worker that nobody reached for 20 s is used again, and its pods were not restarted."""
    cluster = confidential_cluster
    worker = cluster.workers[0]
    namespace.run_server("there", node=worker.name)
    with cut(worker.folder):
        clock.sleep(CUT_SECONDS)
    eventually(lambda: expect_heartbeat(cluster, worker.name), within=60, every=1)
    statuses = namespace.get("pod", "there")["status"]["containerStatuses"]
    assert [status["restartCount"] for status in statuses] == [0]
    cluster.wait_ready()


def expect_heartbeat(cluster: Cluster, node: str) -> None:
    """The kubelet renews its lease."""
    path = ("-n", "kube-node-lease", "get", "lease", node, "-o", "jsonpath={.spec.renewTime}")
    before = cluster.kubectl(*path)
    clock.sleep(1)
    assert cluster.kubectl(*path) != before, f"no heartbeat of {node}"


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_added")
@pytest.mark.parametrize("loss", [0.0, 0.01, 0.05])
def test_create_over_poor_wires(loss: float, clusters: ClusterFactory) -> None:
    """It succeeds, or names the condition that was not met and succeeds over good wires."""
    cluster = clusters.adopt(unique_name())
    arguments = ("cluster", "create", cluster.name, *Wanted(image=clusters.image).arguments())
    with bad_wires(cluster.name, Quality(delay=0.02, loss=loss, seed=5)):
        try:
            cluster.asterism(*arguments, timeout=280)
        except Error:
            assert error_of(cluster, *arguments)["error"] == "CLU-007"
    cluster.asterism(*arguments, timeout=280)
    cluster.wait_ready()
    clusters.delete(cluster)
