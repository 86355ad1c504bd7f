"""J02, a stolen kubelet certificate. Taken away: the policy that kubelets make no Node objects."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from asterism.bootstrapper.init.cluster_objects import node_policy_binding
from asterism.e2e.cluster import Cluster
from asterism.kube.rest import FIELD_MANAGER

BINDING = node_policy_binding()


@contextmanager
def without_policy(cluster: Cluster) -> Iterator[None]:
    """Put the policy out of force for as long as the body runs."""
    document = json.dumps(BINDING)
    cluster.kubectl("delete", "-f", "-", stdin=document)
    try:
        yield
    finally:
        as_agent = ("--server-side", "--force-conflicts", "--field-manager", FIELD_MANAGER)
        cluster.kubectl("apply", *as_agent, "-f", "-", stdin=document)
