"""A create that fails: a bundle of what there was, then nothing is left unless it is kept."""

import json
import signal
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from asterism.cluster import pin
from asterism.cluster.home import OwnerHome
from asterism.e2e.cluster import Cluster
from asterism.e2e.creation import RunningCreation, running_creation
from asterism.e2e.factory import ClusterFactory, Wanted, unique_name
from asterism.e2e.private_mounts import asterism_with, small
from asterism.errors import ExitCode

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(300)]


@pytest.fixture
def cluster(clusters: ClusterFactory) -> Cluster:
    """A name for a cluster that is deleted behind the test."""
    return clusters.adopt(unique_name())


@contextmanager
def with_a_dying_machine(cluster: Cluster, log: Path, *options: str) -> Iterator[RunningCreation]:
    """A creation whose first control plane dies as soon as machines run."""
    with running_creation(cluster.home, cluster.name, log, *options) as creation:
        creation.wait_for("machines")
        cluster.control_planes[0].process.send(signal.SIGKILL)
        yield creation


def bundle_members(path: Path) -> dict[str, bytes]:
    """The files of a bundle by their names below its folder."""
    with tarfile.open(path, "r:gz") as archive:
        files = {member.name.partition("/")[2]: archive.extractfile(member) for member in archive}
        return {name: file.read() for name, file in files.items() if file}


@pytest.mark.usefixtures("nothing_left")
def test_a_failure_is_rolled_back_behind_a_bundle_that_tells_the_cause(
    cluster: Cluster, tmp_path: Path
) -> None:
    """One line says what failed, where the bundle is, what to do; the kubeconfig is as before."""
    before = cluster.home.kubeconfig.read_bytes() if cluster.home.kubeconfig.exists() else b""
    with with_a_dying_machine(cluster, tmp_path / "log") as creation:
        assert creation.end() not in (ExitCode.OK, ExitCode.INTERRUPTED)
    error = creation.error
    bundle = Path(error["bundle"])
    summary = next(line for line in creation.text.splitlines() if line.startswith("Cluster "))
    assert error["error"] in summary
    assert str(bundle) in summary
    assert "--retain" in summary
    files = bundle_members(bundle)
    assert json.loads(files["index.json"])["error"]
    assert files[f"machines/{cluster.name}-cp-1/console.log"]
    assert "journal.txt" in {name.rpartition("/")[2] for name in files}
    assert error["fate"] == "rolledBack"
    assert not cluster.folder.exists()
    home = OwnerHome.current(cluster.home.environment())
    assert pin.find(home, cluster.name) is None
    after = cluster.home.kubeconfig.read_bytes() if cluster.home.kubeconfig.exists() else b""
    assert after == before


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_left")
def test_with_retain_a_failure_is_kept_and_can_be_mended(
    clusters: ClusterFactory, cluster: Cluster, tmp_path: Path
) -> None:
    """The same command goes on; a resumed run that fails is kept without being told to."""
    with with_a_dying_machine(cluster, tmp_path / "first", "--retain") as creation:
        assert creation.end() not in (ExitCode.OK, ExitCode.INTERRUPTED)
    assert creation.error["fate"] == "kept"
    clusters.home.asterism(
        "cluster", "create", cluster.name, "--timeout", "1", "--rollback", check=False
    )
    assert cluster.folder.exists(), "what an earlier run had begun was deleted"
    clusters.home.asterism("cluster", "create", cluster.name, *Wanted().arguments())
    cluster.wait_ready()
    clusters.delete(cluster)


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_left")
def test_a_kubeconfig_that_breaks_meanwhile_is_not_touched_and_the_cluster_is_kept(
    clusters: ClusterFactory, cluster: Cluster, tmp_path: Path
) -> None:
    """It cannot be rolled back either: once the file is mended, the same command ends well."""
    path = tmp_path / "kubeconfig"
    broken = b"{ no [ YAML"
    options = ("--kubeconfig", str(path))
    with running_creation(clusters.home, cluster.name, tmp_path / "log", *options) as creation:
        creation.wait_for("machines")
        path.write_bytes(broken)
        assert creation.end() == ExitCode.CONFIG_INVALID
    assert creation.error["error"] == "KCF-002"
    assert creation.error["fate"] == "kept"
    assert path.read_bytes() == broken
    path.unlink()
    clusters.home.asterism("cluster", "create", cluster.name, *Wanted().arguments(), *options)
    clusters.delete(cluster)
    assert cluster.name not in path.read_text()


@pytest.mark.usefixtures("nothing_left")
def test_a_full_disk_is_told_and_leaves_nothing(clusters: ClusterFactory) -> None:
    """The state directory has no room: an ID, and what was written goes again."""
    done = asterism_with(
        clusters.home, "cluster", "create", unique_name(), "--ignore-check", "disk", "-o", "json",
        mounts=small("/var/lib/asterism/clusters", 48),
    )  # fmt: skip
    assert done.returncode not in (ExitCode.OK, ExitCode.INTERRUPTED)
    error = json.loads(done.text.splitlines()[-1])
    assert error["type"] == "error"
    assert "INT-" not in error["error"], done.stderr.decode()
    assert error["fate"] == "rolledBack"
