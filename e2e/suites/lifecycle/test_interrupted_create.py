"""`create` killed without warning: delete cleans up, and a second `create` goes on."""

from pathlib import Path

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, Wanted, unique_name
from asterism.e2e.interruption import create_and_kill

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(300)]

REPRESENTATIVE = (0.0, 0.4, 0.8)
"""Shares of a creation after which `make test` kills and resumes; `make test-long`: every step."""

STARTERS = pytest.mark.parametrize("whole_group", [False, True], ids=["alone", "with-children"])


def step_at(cluster: Cluster, share: float) -> int:
    """How many steps have ended when `share` of a creation is done."""
    return int(share * len(cluster.steps))


@STARTERS
@pytest.mark.usefixtures("nothing_left")
def test_delete_after_create_was_killed_at_any_step_leaves_nothing(
    whole_group: bool, confidential_cluster: Cluster, clusters: ClusterFactory, tmp_path: Path
) -> None:
    """Nothing of a half-made cluster stays after any step, and other clusters are untouched."""
    for after in range(len(confidential_cluster.steps)):
        cluster = clusters.adopt(unique_name())
        log = tmp_path / f"{after}.log"
        ended = create_and_kill(
            clusters.home, cluster.name, after=after, log=log, whole_group=whole_group
        )
        assert ended.killed, "it finished before it could be killed"
        clusters.delete(cluster)


@pytest.mark.parametrize("share", REPRESENTATIVE)
def test_create_goes_on_where_it_was_killed(
    share: float, confidential_cluster: Cluster, clusters: ClusterFactory, tmp_path: Path
) -> None:
    """The same command again ends with a complete cluster."""
    after = step_at(confidential_cluster, share)
    resume(clusters, after, tmp_path / "log", whole_group=False)


@STARTERS
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("nothing_left")
def test_create_goes_on_after_any_step(
    whole_group: bool, confidential_cluster: Cluster, clusters: ClusterFactory, tmp_path: Path
) -> None:
    """The same, for every step, with and without the command's children."""
    for after in range(len(confidential_cluster.steps)):
        resume(clusters, after, tmp_path / f"{after}.log", whole_group=whole_group)


def resume(clusters: ClusterFactory, after: int, log: Path, *, whole_group: bool) -> None:
    """Kill a creation after some steps, repeat the command, and delete the cluster."""
    cluster = clusters.adopt(unique_name())
    create_and_kill(clusters.home, cluster.name, after=after, log=log, whole_group=whole_group)
    clusters.home.asterism("cluster", "create", cluster.name, *Wanted().arguments())
    cluster.wait_ready()
    clusters.delete(cluster)
