"""Memory that runs out: the pod that eats it is ended and says so, and the node lives."""

import json
from typing import Any

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, unique_name
from asterism.e2e.machine import Machine
from asterism.e2e.pods import Namespace, server_container
from asterism.e2e.waiting import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(240)]

MACHINE_MEBIBYTES = 2048
EATEN_BY_MACHINE = "8Gi"


def eater(total: str, node: str, limit: str | None = None) -> dict[str, Any]:
    """A pod that takes `total` of memory in steps, and is not started again."""
    arguments = [
        "stress",
        f"--mem-total={total}",
        "--mem-alloc-size=100Mi",
        "--mem-alloc-sleep=50ms",
    ]
    container = server_container() | {"name": "eater", "args": arguments, "ports": []}
    del container["readinessProbe"]
    if limit:
        container["resources"] = {"limits": {"memory": limit}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "eater"},
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": node},
            "restartPolicy": "Never",
            "containers": [container],
        },
    }


def expect_killed_for_memory(namespace: Namespace) -> None:
    """Kubernetes says that the pod was ended, and that memory was why."""
    status = namespace.get("pod", "eater")["status"]
    assert status["phase"] == "Failed", status
    told = json.dumps(status)
    assert "OOMKilled" in told or "memory" in told.lower(), status


def test_a_pod_over_its_own_limit_is_killed_alone(
    confidential_cluster: Cluster, namespace: Namespace
) -> None:
    """OOMKilled in its status; its neighbours and the node notice nothing."""
    node = confidential_cluster.workers[0].name
    namespace.run_server("neighbour", node=node)
    namespace.apply(eater("1Gi", node, limit="128Mi"))
    eventually(lambda: expect_killed_for_memory(namespace), within=60, every=1)
    statuses = namespace.get("pod", "neighbour")["status"]["containerStatuses"]
    assert [status["restartCount"] for status in statuses] == [0]
    confidential_cluster.wait_ready()


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_added")
def test_a_pod_that_eats_its_machine_is_killed_and_the_node_lives(
    clusters: ClusterFactory,
) -> None:
    """The limit is the machine's, so the host keeps its memory and other machines theirs."""
    cluster = clusters.adopt(unique_name())
    cluster.asterism(
        "cluster", "create", cluster.name, "--image", clusters.image,
        "--set", f"nodes.memory={MACHINE_MEBIBYTES}", timeout=240,
    )  # fmt: skip
    cluster.wait_ready()
    worker = cluster.workers[0]
    assert capacity(cluster, worker) == MACHINE_MEBIBYTES << 10
    cluster.kubectl("create", "namespace", "memory")
    namespace = Namespace(cluster, "memory")
    init = worker.init
    namespace.apply(eater(EATEN_BY_MACHINE, worker.name))
    eventually(lambda: expect_killed_for_memory(namespace), within=90, every=1)
    assert worker.init == init
    cluster.wait_ready()
    namespace.run_server("afterwards", node=worker.name)
    clusters.delete(cluster)


def capacity(cluster: Cluster, machine: Machine) -> int:
    """Kibibytes that the node says it has."""
    size: str = cluster.get("node", machine.name)["status"]["capacity"]["memory"]
    return int(size.removesuffix("Ki"))
