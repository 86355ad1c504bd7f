"""What every command promises: exit codes, standard output for results, JSON with an envelope."""

import json
from pathlib import Path

import pytest

from asterism.config.versions import KUBERNETES
from asterism.e2e.cluster import Cluster
from asterism.e2e.home import Home
from asterism.errors import ExitCode

pytestmark = [pytest.mark.cluster, pytest.mark.root]

REFUSED = [
    (["cluster", "no-such-verb"], ExitCode.USAGE),
    (["cluster", "status", "no-such-cluster"], ExitCode.NOT_FOUND),
    (["cluster", "verify", "no-such-cluster"], ExitCode.NOT_FOUND),
    (["cluster", "create", "x", "--set", "nodes.worker=1"], ExitCode.CONFIG_INVALID),
    (["cluster", "create", "Not_A_Name"], ExitCode.CONFIG_INVALID),
    (["explain", "XXX-999"], ExitCode.NOT_FOUND),
]


@pytest.mark.parametrize(("arguments", "code"), REFUSED, ids=str)
def test_failures_have_their_documented_exit_code(
    arguments: list[str], code: ExitCode, asterism_home: Home
) -> None:
    """Nothing is on standard output, and the message names an ID and a hint."""
    done = asterism_home.asterism(*arguments, check=False)
    assert done.returncode == code, done.stderr.decode()
    assert done.stdout == b""
    if code != ExitCode.USAGE:
        assert b"error[" in done.stderr
        assert b"hint:" in done.stderr


READING = [
    ("ClusterList", ["cluster", "list"]),
    ("ClusterStatus", ["cluster", "status", "NAME"]),
    ("ClusterVerification", ["cluster", "verify", "NAME"]),
    ("Version", ["version"]),
]


@pytest.mark.parametrize(("kind", "arguments"), READING, ids=str)
def test_reading_commands_speak_json_in_a_versioned_envelope(
    kind: str, arguments: list[str], confidential_cluster: Cluster
) -> None:
    """`-o json` is one document that says what it is."""
    words = [confidential_cluster.name if word == "NAME" else word for word in arguments]
    document = json.loads(confidential_cluster.asterism(*words, "-o", "json"))
    assert document["apiVersion"] == "asterism.dev/v1alpha1"
    assert document["kind"] == kind


def test_status_says_what_is_protected_and_what_is_emulated(confidential_cluster: Cluster) -> None:
    """The two lines on state and network, and the label of the makers."""
    shown = confidential_cluster.asterism("cluster", "status", confidential_cluster.name)
    assert "state: CLEAR" in shown
    assert "network: CLEAR" in shown
    assert "EMULATED" in shown
    assert KUBERNETES in shown


def test_create_of_a_running_cluster_changes_nothing(confidential_cluster: Cluster) -> None:
    """The same command again finds everything done."""
    before = {machine.name: machine.process for machine in confidential_cluster.machines}
    confidential_cluster.asterism("cluster", "create", confidential_cluster.name)
    assert {machine.name: machine.process for machine in confidential_cluster.machines} == before


def test_the_kubeconfig_is_private_and_labelled(confidential_cluster: Cluster) -> None:
    """Mode 0600, one context for the cluster, its user not a member of `system:masters`."""
    path = confidential_cluster.home.kubeconfig
    assert path.stat().st_mode & 0o777 == 0o600
    assert "EMULATED" in path.read_text()
    groups = confidential_cluster.kubectl(
        "auth", "whoami", "-o", "jsonpath={.status.userInfo.groups}"
    )
    assert "system:masters" not in groups


def test_a_fresh_kubeconfig_works_from_another_file(
    confidential_cluster: Cluster, tmp_path: Path
) -> None:
    """`kubeconfig get` prints one that stands alone."""
    path = tmp_path / "alone"
    path.write_text(confidential_cluster.asterism("kubeconfig", "get", confidential_cluster.name))
    nodes = confidential_cluster.kubectl("--kubeconfig", str(path), "get", "nodes", "-o", "name")
    assert len(nodes.split()) == len(confidential_cluster.machines)


def test_node_logs_shows_the_console(confidential_cluster: Cluster) -> None:
    """The machine's console, as the host recorded it."""
    machine = confidential_cluster.workers[0]
    assert confidential_cluster.asterism("node", "logs", machine.name)
