"""The official Python client against a confidential cluster."""

import pytest
from kubernetes import client

from asterism.e2e.cluster import Cluster
from asterism.e2e.pods import Namespace

pytestmark = [pytest.mark.cluster, pytest.mark.root]


def test_objects_are_written_and_read(confidential_cluster: Cluster, namespace: Namespace) -> None:
    """A ConfigMap made through the client is in the list with its content."""
    core = client.CoreV1Api(confidential_cluster.api)
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="noted"), data={"answer": "42"})
    core.create_namespaced_config_map(namespace.name, body)
    found = core.list_namespaced_config_map(namespace.name, field_selector="metadata.name=noted")
    assert [item.data for item in found.items] == [{"answer": "42"}]
