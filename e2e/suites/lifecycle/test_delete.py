"""Deleting: nothing stays on the host, whatever state the cluster was in."""

import json

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory
from asterism.e2e.home import Home
from asterism.errors import ExitCode

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(180)]


@pytest.mark.usefixtures("nothing_left")
def test_a_deleted_cluster_leaves_nothing_and_its_name_is_free(clusters: ClusterFactory) -> None:
    """No process, mount, namespace, link, loop device, cgroup, state or kubeconfig entry."""
    first = clusters.create()
    clusters.delete(first)
    assert first.context not in kubeconfig_of(first)
    again = clusters.create()
    again.wait_ready()
    clusters.delete(again)


@pytest.mark.usefixtures("nothing_left")
def test_deleting_twice_in_a_row_is_no_error(asterism_home: Home) -> None:
    """A cluster that is not there is deleted already."""
    for _ in range(2):
        done = asterism_home.asterism("cluster", "delete", "never-made", "--yes", check=False)
        assert done.returncode == ExitCode.OK, done.stderr.decode()


def test_without_a_yes_and_without_a_terminal_nothing_is_deleted(
    confidential_cluster: Cluster,
) -> None:
    """A script has to say that it means it."""
    done = confidential_cluster.home.asterism(
        "cluster", "delete", confidential_cluster.name, check=False
    )
    assert done.returncode == ExitCode.USAGE
    confidential_cluster.wait_ready()


def kubeconfig_of(cluster: Cluster) -> set[str]:
    """Names of the contexts in the owner's kubeconfig."""
    view = json.loads(cluster.run_kubectl("config", "view", "-o", "json", check=False).text)
    return {context["name"] for context in view["contexts"] or []}
