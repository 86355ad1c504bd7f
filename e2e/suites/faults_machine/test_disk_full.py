"""The state disk of a node without a free byte: told, survived, nothing lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, Wanted
from asterism.e2e.faults.disks import full, small_disk
from asterism.e2e.waiting import eventually

pytestmark = [
    pytest.mark.cluster, pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(600),
]  # fmt: skip

SPARE = 256 << 20
"""etcd sets 64 MB aside for each file of its log."""
SETTLE = 120.0


@pytest.fixture
def cluster(clusters: ClusterFactory) -> Iterator[Cluster]:
    """A cluster of one machine: etcd, kubelet, containerd and agent share its disk."""
    made = clusters.create(Wanted(workers=0))
    made.wait_ready()
    yield made
    clusters.delete(made)


@pytest.fixture
def disk(cluster: Cluster) -> Iterator[Path]:
    """The machine's state disk, small enough to be filled."""
    with small_disk(cluster, cluster.control_planes[0], SPARE) as folder:
        cluster.wait_ready(SETTLE)
        yield folder


def test_a_full_disk_is_told_and_nothing_is_lost(cluster: Cluster, disk: Path) -> None:
    """What was acknowledged stays, the node says why it cannot write, and works once it can."""
    keep(cluster, "before")
    with full(disk):
        refused = cluster.run_kubectl("create", "configmap", "during", check=False)
        assert refused.returncode != 0, "etcd took what it cannot have written"
        eventually(lambda: expect_told(cluster), within=30, every=1)
        cluster.asterism("cluster", "verify", cluster.name)
    eventually(lambda: keep(cluster, "after"), within=SETTLE, every=2)
    cluster.wait_ready(SETTLE)
    assert {"before", "after"} <= names(cluster)


def keep(cluster: Cluster, name: str) -> None:
    """Create a ConfigMap; etcd has it when this returns."""
    done = cluster.run_kubectl("create", "configmap", name, check=False)
    assert done.returncode == 0 or b"AlreadyExists" in done.stderr, done.stderr.decode()


def names(cluster: Cluster) -> set[str]:
    """ConfigMaps that there are."""
    return {item["metadata"]["name"] for item in cluster.get("configmaps")["items"]}


def expect_told(cluster: Cluster) -> None:
    """The console of the machine, which the host keeps, names the full disk."""
    console = cluster.control_planes[0].folder.console_log.read_text(errors="replace")
    assert "MCH-134" in console, console[-500:]
