"""Parts of a node killed under a running cluster: Ready again by itself."""

import json
import signal

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.machine import Machine
from asterism.e2e.pods import Namespace
from asterism.e2e.waiting import eventually
from asterism.machine.identity import ProcessId

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(180)]

UNITS = ("kubelet.service", "containerd.service", "asterism-agent.service")


@pytest.fixture(params=["cp-1", "worker-1"])
def node(request: pytest.FixtureRequest, confidential_cluster: Cluster) -> Machine:
    """Each of the shared cluster's nodes."""
    return confidential_cluster.machine(request.param)


@pytest.mark.parametrize("unit", UNITS)
def test_a_killed_service_comes_back(
    unit: str, node: Machine, confidential_cluster: Cluster, namespace: Namespace
) -> None:
    """systemd starts it again, pods that ran go on, and new pods start on the node."""
    namespace.run_server("before", node=node.name)
    killed = node.unit_process(unit)
    killed.send(signal.SIGKILL)
    expect_successor(node, unit, killed)
    expect_heartbeat(confidential_cluster, node.name)
    namespace.run_server("after", node=node.name)
    assert namespace.eventually_dial("after", pod_address(namespace, "before"), 8080) == {"before"}
    assert restarts(namespace, "before") == 0
    confidential_cluster.wait_ready()


def test_a_worker_that_was_cut_off_and_started_again_is_ready_again(
    confidential_cluster: Cluster, namespace: Namespace
) -> None:
    """The whole process tree of a worker dies; started on the same disks it rejoins."""
    worker = confidential_cluster.workers[0]
    init = worker.init
    worker.process.send(signal.SIGKILL)
    assert init.wait(10), "the node outlives its machine"
    confidential_cluster.start_machine(worker)
    expect_heartbeat(confidential_cluster, worker.name)
    namespace.run_server("afterwards", node=worker.name)
    confidential_cluster.wait_ready()


def expect_successor(node: Machine, unit: str, killed: ProcessId) -> None:
    """Another process runs as the unit's main process."""

    def check() -> None:
        assert node.unit_process(unit) != killed

    eventually(check, within=30)


def expect_heartbeat(cluster: Cluster, node: str) -> None:
    """The kubelet renews the node's lease and the node is Ready."""
    before = lease(cluster, node)

    def check() -> None:
        assert lease(cluster, node) != before, f"the lease of {node} is as old as before"
        assert node in cluster.ready_nodes(), f"{node} is not Ready"

    eventually(check, within=90, every=1)


def lease(cluster: Cluster, node: str) -> str:
    """When the kubelet last renewed the node's lease."""
    return cluster.kubectl(
        "-n", "kube-node-lease", "get", "lease", node, "-o", "jsonpath={.spec.renewTime}"
    )


def pod_address(namespace: Namespace, pod: str) -> str:
    """The address of a pod."""
    address: str = namespace.get("pod", pod)["status"]["podIP"]
    return address


def restarts(namespace: Namespace, pod: str) -> int:
    """How often the containers of a pod were started again."""
    statuses = json.loads(namespace.kubectl("get", "pod", pod, "-o", "json"))["status"]
    return sum(status["restartCount"] for status in statuses["containerStatuses"])
