"""Deployments behind Services, by name, across nodes, through a rolling update."""

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.pods import Namespace, server_deployment, service

pytestmark = [pytest.mark.cluster, pytest.mark.root]


def pods_of(namespace: Namespace, app: str) -> dict[str, str]:
    """Node of each running pod of `app`, by pod name."""
    pods = namespace.get("pods", "-l", f"app={app}")["items"]
    return {
        pod["metadata"]["name"]: pod["spec"]["nodeName"]
        for pod in pods
        if "deletionTimestamp" not in pod["metadata"]
    }


@pytest.fixture
def web(namespace: Namespace) -> Namespace:
    """Two replicas of a web server behind the Service `web`, and a client pod on each node."""
    namespace.apply(server_deployment("web", replicas=2), service("web"))
    namespace.kubectl("rollout", "status", "deployment/web", "--timeout=60s", timeout=70)
    return namespace


def test_a_service_answers_by_name_from_either_node(
    web: Namespace, confidential_cluster: Cluster
) -> None:
    """Two replicas lie on both nodes, and a client on each node reaches both through DNS."""
    replicas = pods_of(web, "web")
    nodes = {machine.name for machine in confidential_cluster.machines}
    assert set(replicas.values()) == nodes
    for number, node in enumerate(sorted(nodes)):
        web.run_server(f"client-{number}", node=node)
        host = f"web.{web.name}.svc.cluster.local"
        assert web.eventually_dial(f"client-{number}", host, 80) <= set(replicas)
    for replica in replicas:
        address = web.get("pod", replica)["status"]["podIP"]
        for number in range(len(nodes)):
            assert web.eventually_dial(f"client-{number}", address, 8080) == {replica}


def test_a_rolling_update_replaces_every_pod(web: Namespace) -> None:
    """New pods take over from the old ones, and the Service leads to the new ones only."""
    old = pods_of(web, "web")
    web.kubectl("set", "env", "deployment/web", "EDITION=2")
    web.kubectl("rollout", "status", "deployment/web", "--timeout=60s", timeout=70)
    new = pods_of(web, "web")
    assert len(new) == 2
    assert not set(new) & set(old)
    client = next(iter(new))
    assert web.eventually_dial(client, "web", 80) <= set(new)


def test_a_node_port_answers_on_every_node(web: Namespace, confidential_cluster: Cluster) -> None:
    """The port of a NodePort Service leads to the pods from each node's address."""
    web.apply(service("web", kind="NodePort"))
    port = web.get("service", "web")["spec"]["ports"][0]["nodePort"]
    replicas = pods_of(web, "web")
    for node in confidential_cluster.get("nodes")["items"]:
        address = next(
            a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP"
        )
        for client in replicas:
            assert web.eventually_dial(client, address, port) <= set(replicas)
