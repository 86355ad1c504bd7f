"""J02, a stolen kubelet certificate. Taken away: the policy that kubelets make no Node objects."""

from collections.abc import Iterator
from contextlib import contextmanager

from asterism.e2e.cluster import Cluster

BINDING = ("validatingadmissionpolicybinding", "asterism-nodes-by-trust-service")


@contextmanager
def without_policy(cluster: Cluster) -> Iterator[None]:
    """Put the policy out of force for as long as the body runs."""
    found = cluster.kubectl("get", *BINDING, "-o", "yaml")
    cluster.kubectl("delete", *BINDING)
    try:
        yield
    finally:
        cluster.kubectl("replace", "--force", "-f", "-", stdin=found)
