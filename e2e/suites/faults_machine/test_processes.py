"""Processes of the host that die under a running cluster: told by an ID, and made good."""

import json

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.faults.processes import kill, relay_of, tpm_of
from asterism.e2e.faults.told import error_of
from asterism.e2e.waiting import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(180)]


def test_a_killed_relay_is_started_by_the_next_command(confidential_cluster: Cluster) -> None:
    """kubectl alone cannot; any command of the owner's that needs it can, on the same port."""
    cluster = confidential_cluster
    kill(relay_of(cluster))
    refused = cluster.run_kubectl("get", "nodes", check=False)
    assert refused.returncode != 0
    cluster.asterism("cluster", "verify", cluster.name)
    cluster.wait_ready()


def test_a_node_does_not_outlive_its_tpm(confidential_cluster: Cluster) -> None:
    """Power is cut, commands say why, and `create` starts the machine again, measured anew."""
    cluster = confidential_cluster
    worker = cluster.workers[0]
    init = worker.init
    kill(tpm_of(worker))
    assert init.wait(10), "the node runs on without a TPM"
    eventually(lambda: expect_recorded_failure(cluster, worker.name), within=10)
    error = error_of(cluster, "cluster", "verify", cluster.name)
    assert error["error"] == "MCH-019", error
    assert error["facts"]["ended_by"] == "MCH-132", error
    cluster.asterism("cluster", "create", cluster.name)
    cluster.wait_ready()
    # The node counts as Ready by its old lease; it serves `verify` as soon as it has joined again.
    eventually(lambda: expect_verified(cluster), within=30)


def expect_verified(cluster: Cluster) -> None:
    """Every machine proves itself to the owner."""
    verify = ("cluster", "verify", cluster.name)
    done = cluster.home.asterism(*verify, check=False)
    assert done.returncode == 0, done.stderr.decode()


def expect_recorded_failure(cluster: Cluster, machine: str) -> None:
    """The host's record names what ended the machine."""
    assert cluster.machine(machine).state.error == "MCH-132"


def test_the_list_counts_what_runs(confidential_cluster: Cluster) -> None:
    """`cluster list` counts what runs."""
    listed = json.loads(confidential_cluster.asterism("cluster", "list", "-o", "json"))
    (own,) = [item for item in listed["items"] if item["name"] == confidential_cluster.name]
    assert own["running"] == len(confidential_cluster.machines)
