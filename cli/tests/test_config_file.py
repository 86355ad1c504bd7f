"""Configuration is strict, and every complaint says where and what was probably meant."""

import json
from pathlib import Path

import pytest

from asterism.cluster import config_file
from asterism.cluster.config import Cluster, Nodes, require_supported
from asterism.errors import ExitCode, UserError

HEAD = "apiVersion: asterism.dev/v1alpha1\nkind: Cluster\n"


def test_the_defaults_are_one_control_plane_and_one_worker() -> None:
    """Without any configuration the machines are those of the quickstart."""
    cluster = config_file.load(None, None, [])
    assert cluster.machines() == ["local-cp-1", "local-worker-1"]


def test_the_example_says_exactly_the_defaults() -> None:
    """What `config init` prints is read back as the defaults."""
    assert config_file.load(None, config_file.example(), []) == Cluster()


def test_overrides_win_over_the_file() -> None:
    """`--set` changes one setting and leaves its neighbours."""
    text = HEAD + "nodes: {workers: 2}\nname: x\n"
    cluster = config_file.load(None, text, ["nodes.workers=3", "policy.production=true"])
    assert cluster.name == "x"
    assert cluster.nodes == Nodes(control_planes=1, workers=3)
    assert cluster.policy.production


@pytest.mark.parametrize(
    ("text", "overrides", "error_id", "part"),
    [
        ("nodes:\n  wrkers: 3\n", [], "CFG-003", "standard input:4: `nodes.wrkers`; did you mean"),
        ("nodes:\n  workers: many\n", [], "CFG-004", "standard input:4: `nodes.workers`"),
        ("nodes: 3\n", [], "CFG-004", "standard input:3: `nodes`"),
        ("nodes: {workers: 1e3}\n", [], "CFG-004", "nodes.workers"),
        ("name: a\nname: b\n", [], "CFG-008", "standard input:4: `name`"),
        ("nodes: [\n", [], "CFG-002", "standard input:4"),
        ("name: Upper\n", [], "CFG-004", "name"),
        (f"name: {'x' * 31}\n", [], "CFG-004", "name"),
        ("", ["nodes.workers=a"], "CFG-004", "--set nodes.workers=a"),
        ("", ["nodes.worker=1"], "CFG-003", "did you mean `workers`?"),
        ("", ["nodes.workers"], "CFG-005", "nodes.workers"),
        ("", ["=1"], "CFG-005", "=1"),
        ("", ["nodes.workers=["], "CFG-005", "not YAML"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(
    text: str, overrides: list[str], error_id: str, part: str
) -> None:
    """Unknown keys, wrong values and broken YAML each have an ID and a place."""
    with pytest.raises(UserError) as caught:
        config_file.load(None, HEAD + text, overrides)
    assert caught.value.error_id == error_id
    assert part in caught.value.detail
    assert caught.value.exit_code is ExitCode.CONFIG_INVALID


@pytest.mark.parametrize("text", ["", "kind: Cluster\n", "- a\n", "apiVersion: asterism.dev/v1\n"])
def test_a_file_must_say_what_it_is(text: str) -> None:
    """A file without version and kind, or with another, is not guessed at."""
    with pytest.raises(UserError):
        config_file.load(None, text, [])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The path that could not be read is in the message."""
    with pytest.raises(UserError, match="CFG-001"):
        config_file.load(tmp_path / "none.yaml", None, [])


def test_several_control_planes_are_refused_for_now() -> None:
    """High availability that is not there is not pretended."""
    with pytest.raises(UserError, match="CFG-007"):
        require_supported(Cluster(nodes=Nodes(control_planes=3)))


def test_the_schema_names_every_setting() -> None:
    """The JSON schema is self-contained and describes each property."""
    text = json.dumps(config_file.schema())
    for name in ("controlPlanes", "workers", "production", "epoch", "image"):
        assert f'"{name}": {{"' in text
