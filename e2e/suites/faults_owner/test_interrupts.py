"""Ctrl-C and SIGTERM while a cluster is made: in order at the first, at once at the second."""

import signal
from pathlib import Path

import pytest

from asterism import clock
from asterism.cluster.interrupts import SAME_SECONDS
from asterism.e2e import processes
from asterism.e2e.cluster import Cluster
from asterism.e2e.creation import RunningCreation, running_creation
from asterism.e2e.factory import ClusterFactory, Wanted, unique_name
from asterism.e2e.waiting import eventually
from asterism.errors import ExitCode

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(300)]

IN_ORDER = 15.0
"""Seconds that a step may take to end in order: no machine's start is waited for."""
AT_ONCE = 5.0
PLACES = {"machines": "started", "init": "running", "conditions": "started"}
"""Steps that are interrupted in their middle."""


@pytest.fixture
def cluster(clusters: ClusterFactory) -> Cluster:
    """A name for a cluster that is deleted behind the test."""
    return clusters.adopt(unique_name())


def reach(creation: RunningCreation, place: str) -> None:
    """Return in the middle of a step."""
    creation.wait_for(place, PLACES[place])
    clock.sleep(0.3)


def expect_no_workers(name: str) -> None:
    """Neither Ansible nor what it starts is there any more; machines that run may stay."""

    def check() -> None:
        commands = [processes.command_of(pid) for pid in processes.everything()]
        left = [c for c in commands if name in c and ("ansible" in c or "provision" in c)]
        assert not left, left

    eventually(check, within=5)


@pytest.mark.usefixtures("nothing_left")
def test_ctrl_c_keeps_what_was_made_and_the_same_command_goes_on(
    clusters: ClusterFactory, cluster: Cluster, tmp_path: Path
) -> None:
    """While machines are made: exit code 130, both ways on are told, and create completes."""
    with running_creation(clusters.home, cluster.name, tmp_path / "log") as creation:
        reach(creation, "machines")
        creation.interrupt()
        assert creation.end(IN_ORDER) == ExitCode.INTERRUPTED
    assert f"asterism cluster create {cluster.name}" in creation.text
    assert f"asterism cluster delete {cluster.name}" in creation.text
    assert creation.error["fate"] == "kept"
    expect_no_workers(cluster.name)
    clusters.home.asterism("cluster", "create", cluster.name, *Wanted().arguments())
    cluster.wait_ready()
    clusters.delete(cluster)


@pytest.mark.usefixtures("nothing_left")
def test_the_second_signal_ends_at_once_and_delete_removes_the_rest(
    clusters: ClusterFactory, cluster: Cluster, tmp_path: Path
) -> None:
    """Nothing works on behind it."""
    with running_creation(clusters.home, cluster.name, tmp_path / "log") as creation:
        reach(creation, "machines")
        creation.interrupt()
        clock.sleep(SAME_SECONDS + 0.05)
        creation.interrupt()
        assert creation.end(AT_ONCE) == ExitCode.INTERRUPTED
    expect_no_workers(cluster.name)
    clusters.delete(cluster)


@pytest.mark.usefixtures("nothing_left")
def test_with_rollback_an_interrupted_create_leaves_nothing(
    clusters: ClusterFactory, cluster: Cluster, tmp_path: Path
) -> None:
    """No delete is needed behind it."""
    log = tmp_path / "log"
    with running_creation(clusters.home, cluster.name, log, "--rollback") as creation:
        reach(creation, "init")
        creation.interrupt(signal.SIGTERM)
        assert creation.end(IN_ORDER + 10) == ExitCode.INTERRUPTED
    assert creation.error["fate"] == "rolledBack"
    assert not cluster.folder.exists()


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.usefixtures("nothing_left")
def test_signals_at_every_place_leave_what_delete_removes(
    place: str,
    number: signal.Signals,
    times: int,
    clusters: ClusterFactory,
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    """Whatever was going on."""
    with running_creation(clusters.home, cluster.name, tmp_path / "log") as creation:
        reach(creation, place)
        for _ in range(times):
            creation.interrupt(number)
            clock.sleep(SAME_SECONDS + 0.05)
        assert creation.end(IN_ORDER) == ExitCode.INTERRUPTED
    expect_no_workers(cluster.name)
    clusters.delete(cluster)
