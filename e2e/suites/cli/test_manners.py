"""The manners of the command line, points 1 to 6 of the design: what runs, and what it says."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from asterism.config.versions import KUBERNETES
from asterism.e2e.cluster import Cluster
from asterism.e2e.home import Home
from asterism.errors import ExitCode

pytestmark = [pytest.mark.cluster, pytest.mark.root]

Refused = Callable[..., tuple[int, str]]
AtTerminal = Callable[..., tuple[int, str]]
ESCAPE = "\x1b["


# 1. A cluster in one command


def test_point_01_create_says_all_that_one_needs_next(confidential_cluster: Cluster) -> None:
    """Endpoint, ID, measured digest, context and time; run again it finds everything done."""
    cluster = confidential_cluster
    before = {machine.name: machine.process for machine in cluster.machines}
    shown = cluster.asterism("cluster", "create", cluster.name)
    assert {machine.name: machine.process for machine in cluster.machines} == before
    for part in ("is ready (", "endpoint", "cluster ID", "measured", "EMULATED"):
        assert part in shown
    assert f"kubectl --context {cluster.context} get nodes" in shown


# 2. The commands


@pytest.mark.parametrize(
    ("noun", "verbs"),
    [
        ("cluster", ["create", "list", "status", "verify", "delete"]),
        ("node", ["logs"]),
        ("kubeconfig", ["get", "merge", "remove"]),
        ("trust", ["import", "show"]),
        ("config", ["init", "validate", "schema"]),
        ("image", ["build", "list", "measure", "load", "prune", "diff"]),
        ("", ["support", "doctor", "explain", "completion", "version"]),
    ],
)
def test_point_02_commands_are_there(noun: str, verbs: list[str], asterism_home: Home) -> None:
    """`--help` lists them, each with a line."""
    shown = asterism_home.asterism(*filter(None, [noun]), "--help").text
    for verb in verbs:
        assert any(line.split()[:1] == [verb] for line in shown.splitlines()), verb


def test_point_02_delete_may_be_repeated(asterism_home: Home) -> None:
    """What is not there is deleted already."""
    for _ in range(2):
        assert asterism_home.asterism("cluster", "delete", "nothing-here").returncode == 0


def test_point_02_node_logs_shows_the_console(confidential_cluster: Cluster) -> None:
    """The machine's console, as the host recorded it."""
    machine = confidential_cluster.workers[0]
    assert confidential_cluster.asterism("node", "logs", machine.name)
    assert (
        len(confidential_cluster.asterism("node", "logs", machine.name, "-n", "2").splitlines())
        == 2
    )


# 3. Configuration


def test_point_03_the_example_of_config_init_is_a_cluster(asterism_home: Home) -> None:
    """`--config -` reads it, `--set` changes one setting, and the schema knows each."""
    example = asterism_home.asterism("config", "init").stdout
    plan = json.loads(
        asterism_home.asterism(
            "cluster", "create", "planned", "--config", "-", "--set", "nodes.workers=3",
            "--dry-run", "-o", "json", stdin=example,
        ).text
    )  # fmt: skip
    assert len(plan["machines"]) == 4
    schema = asterism_home.asterism("config", "schema").text
    assert '"workers"' in schema


def test_point_03_a_slip_is_refused_with_file_line_and_nearest_key(
    refused: Refused, asterism_home: Home, tmp_path: Path
) -> None:
    """An unknown key never leaves a default in force."""
    file = tmp_path / "cluster.yaml"
    file.write_text("apiVersion: asterism.dev/v1alpha1\nkind: Cluster\nnodes:\n  wrokers: 3\n")
    code, shown = refused(asterism_home, "config", "validate", file)
    assert code == ExitCode.CONFIG_INVALID
    assert f"{file}:4: `nodes.wrokers`; did you mean `workers`?" in shown


# 4. The kubeconfig


def test_point_04_the_kubeconfig_is_private_labelled_and_no_masters(
    confidential_cluster: Cluster,
) -> None:
    """Mode 0600, one context for the cluster, its user not a member of `system:masters`."""
    path = confidential_cluster.home.kubeconfig
    assert path.stat().st_mode & 0o777 == 0o600
    assert "EMULATED" in path.read_text()
    groups = confidential_cluster.kubectl(
        "auth", "whoami", "-o", "jsonpath={.status.userInfo.groups}"
    )
    assert "system:masters" not in groups


def test_point_04_merge_follows_the_list_and_says_what_it_changed(
    confidential_cluster: Cluster, asterism_home: Home, tmp_path: Path
) -> None:
    """Into the first file that exists; without switching if asked; and out again."""
    name, context = confidential_cluster.name, confidential_cluster.context
    first, second = tmp_path / "missing", tmp_path / "there"
    second.write_text("apiVersion: v1\nkind: Config\ncurrent-context: mine\n")
    listed = {"KUBECONFIG": f"{first}{os.pathsep}{second}"}
    merged = asterism_home.asterism("kubeconfig", "merge", name, "--no-switch", extra=listed)
    assert f"Merged context {context} into {second}." in merged.stderr.decode()
    assert b"Switched" not in merged.stderr
    document = yaml.safe_load(second.read_text())
    assert document["current-context"] == "mine"
    assert [item["name"] for item in document["contexts"]] == [context]
    assert not first.exists()
    removed = asterism_home.asterism("kubeconfig", "remove", name, extra=listed)
    assert f"from {second}" in removed.stderr.decode()
    assert context not in second.read_text()


def test_point_04_a_fresh_kubeconfig_stands_alone(
    confidential_cluster: Cluster, tmp_path: Path
) -> None:
    """`kubeconfig get` prints one that works from another file."""
    path = tmp_path / "alone"
    path.write_text(confidential_cluster.asterism("kubeconfig", "get", confidential_cluster.name))
    nodes = confidential_cluster.kubectl("--kubeconfig", str(path), "get", "nodes", "-o", "name")
    assert len(nodes.split()) == len(confidential_cluster.machines)


# 5. Progress, colours, and where they go


def test_point_05_a_terminal_sees_colours_and_a_spinner_others_plain_lines(
    confidential_cluster: Cluster, at_terminal: AtTerminal
) -> None:
    """NO_COLOR and FORCE_COLOR win; nothing but the result is on standard output."""
    words = ("cluster", "verify", confidential_cluster.name)
    _, coloured = at_terminal(*words, extra={"NO_COLOR": ""})
    assert ESCAPE in coloured
    home = confidential_cluster.home
    plain = home.asterism(*words)
    assert ESCAPE not in plain.stderr.decode()
    assert "✓ Attest" in plain.stderr.decode()
    assert "Attest" not in plain.text
    forced = home.asterism(*words, extra={"NO_COLOR": "", "FORCE_COLOR": "1"})
    assert ESCAPE in forced.stderr.decode()


def test_point_05_quiet_leaves_the_result_and_json_every_line(
    confidential_cluster: Cluster,
) -> None:
    """`--quiet` writes nothing beside; with `--log-format json` each line is an object."""
    name = confidential_cluster.name
    quiet = confidential_cluster.home.asterism("cluster", "verify", name, "--quiet")
    assert quiet.stdout
    assert not quiet.stderr
    logged = confidential_cluster.home.asterism(
        "-vv", "--log-format", "json", "kubeconfig", "merge", name
    )
    lines = [json.loads(line) for line in logged.stderr.decode().splitlines()]
    assert {"level", "message"} <= lines[-1].keys()


def test_point_05_more_is_said_with_v_and_tracebacks_with_vv(
    refused: Refused, asterism_home: Home
) -> None:
    """A refusal without either is its few lines."""
    words = ("cluster", "status", "no-such-cluster")
    assert "Traceback" not in refused(asterism_home, *words, "-v")[1]
    assert "Traceback" in refused(asterism_home, *words, "-vv")[1]


# 6. For programs

READING = [
    ("ClusterList", ["cluster", "list"]),
    ("ClusterStatus", ["cluster", "status", "NAME"]),
    ("ClusterVerification", ["cluster", "verify", "NAME"]),
    ("ClusterPlan", ["cluster", "create", "planned", "--dry-run"]),
    ("ImageList", ["image", "list"]),
    ("ImageMeasurement", ["image", "measure"]),
    ("Trust", ["trust", "show"]),
    ("Diagnosis", ["doctor"]),
    ("Explanation", ["explain", "ATT-110"]),
    ("ExplanationList", ["explain"]),
    ("Version", ["version"]),
]


@pytest.mark.parametrize(("kind", "arguments"), READING, ids=[kind for kind, _ in READING])
def test_point_06_reading_commands_speak_json_in_a_versioned_envelope(
    kind: str, arguments: list[str], confidential_cluster: Cluster
) -> None:
    """One document that says what it is."""
    words = [confidential_cluster.name if word == "NAME" else word for word in arguments]
    document = json.loads(confidential_cluster.asterism(*words, "-o", "json"))
    assert document["apiVersion"] == "asterism.dev/v1alpha1"
    assert document["kind"] == kind


def test_point_06_every_form_of_one_result_agrees(confidential_cluster: Cluster) -> None:
    """YAML is the JSON, names are one a line, wide is the table with more columns."""

    def status(form: str) -> str:
        return confidential_cluster.asterism(
            "cluster", "status", confidential_cluster.name, "-o", form
        )

    document = json.loads(status("json"))
    assert yaml.safe_load(status("yaml"))["id"] == document["id"]
    assert status("name").split() == [node["name"] for node in document["nodes"]]
    assert "PLATFORM" in status("wide")
    table = status("table")
    assert "PLATFORM" not in table
    for part in ("state: CLEAR", "network: CLEAR", "EMULATED", KUBERNETES):
        assert part in table


def test_point_06_create_streams_events(confidential_cluster: Cluster) -> None:
    """One JSON object a line: steps with their times, the result last."""
    shown = confidential_cluster.asterism(
        "cluster", "create", confidential_cluster.name, "-o", "json"
    )
    events = [json.loads(line) for line in shown.splitlines()]
    assert {"step", "state", "ms"} <= events[0].keys()
    assert events[-1]["type"] == "result"
