"""`create` killed without warning: delete cleans up, and a second `create` goes on."""

from pathlib import Path

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, unique_name
from asterism.e2e.interruption import create_and_kill

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(300)]

REPRESENTATIVE = (0.0, 0.4, 0.8)
"""Where in the list of steps `make test` kills; `make test-long` kills after each of them."""


def step_at(cluster: Cluster, share: float) -> int:
    """How many steps have ended when `share` of a creation is done."""
    return int(share * len(cluster.steps))


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("share", REPRESENTATIVE)
def test_delete_after_a_killed_create_leaves_nothing(
    share: float, confidential_cluster: Cluster, clusters: ClusterFactory, tmp_path: Path
) -> None:
    """Nothing of a half-made cluster stays, and other clusters are untouched."""
    cluster = clusters.adopt(unique_name())
    after = step_at(confidential_cluster, share)
    ended = create_and_kill(clusters.home, cluster.name, after=after, log=tmp_path / "log")
    assert ended.killed, "it finished before it could be killed"
    clusters.delete(cluster)


@pytest.mark.parametrize("share", REPRESENTATIVE)
def test_create_goes_on_where_it_was_killed(
    share: float, confidential_cluster: Cluster, clusters: ClusterFactory, tmp_path: Path
) -> None:
    """The same command again ends with a complete cluster."""
    cluster = clusters.adopt(unique_name())
    after = step_at(confidential_cluster, share)
    create_and_kill(clusters.home, cluster.name, after=after, log=tmp_path / "log")
    clusters.home.asterism("cluster", "create", cluster.name)
    cluster.wait_ready()


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("whole_group", [False, True], ids=["alone", "with-children"])
@pytest.mark.parametrize("then", ["delete", "resume"])
def test_create_killed_after_every_step(
    whole_group: bool,
    then: str,
    confidential_cluster: Cluster,
    clusters: ClusterFactory,
    tmp_path: Path,
) -> None:
    """The crash matrix: each step, the command alone or with its children, deleted or resumed."""
    for after in range(len(confidential_cluster.steps)):
        cluster = clusters.adopt(unique_name())
        log = tmp_path / f"{after}.log"
        create_and_kill(clusters.home, cluster.name, after=after, log=log, whole_group=whole_group)
        if then == "resume":
            clusters.home.asterism("cluster", "create", cluster.name)
            cluster.wait_ready()
        clusters.delete(cluster)
