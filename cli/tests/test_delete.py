"""Deleting from the command line."""

from dataclasses import replace
from pathlib import Path

import pytest

from asterism.cli import main
from asterism.cluster import host, pin, state
from asterism.cluster.home import OwnerHome
from asterism.cluster.plan import Plan
from asterism.errors import ExitCode


def test_nothing_is_deleted_already(
    capsys: pytest.CaptureFixture[str], home: OwnerHome, clusters: Path
) -> None:
    """Twice is no error."""
    del home, clusters
    for _ in range(2):
        assert main.run(["cluster", "delete", "nothing"]) == ExitCode.OK
    assert not capsys.readouterr().out


def test_a_script_must_say_yes(planned: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal nothing is asked, so nothing is deleted."""
    assert main.run(["cluster", "delete", "local"]) == ExitCode.USAGE
    assert "--yes" in capsys.readouterr().err
    assert planned.state.directory.exists()


def test_state_pin_and_kubeconfig_entries_go(
    planned: Plan, home: OwnerHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also from a kubeconfig that is not in the search path but on record."""
    monkeypatch.setattr(host, "delete", lambda _: ["local-cp-1"])
    monkeypatch.setattr("os.geteuid", lambda: 0)
    recorded = tmp_path / "elsewhere"
    recorded.write_text(
        "clusters: [{name: asterism-local, cluster: {extensions: [{name: asterism.dev/cluster,"
        " extension: {}}]}}]\ncurrent-context: asterism-local\n"
    )
    state.save(replace(planned.state, kubeconfig=str(recorded)))
    assert main.run(["cluster", "delete", "local", "--yes"]) == ExitCode.OK
    assert state.names() == []
    assert pin.find(home, "local") is None
    assert "asterism-local" not in recorded.read_text()


def test_root_is_needed_for_machines(
    planned: Plan, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said before anything is touched."""
    monkeypatch.setattr("asterism.cluster.privilege.os.geteuid", lambda: 1000)
    assert main.run(["cluster", "delete", "local", "--yes"]) == ExitCode.HOST_PRECONDITION
    assert "CLU-008" in capsys.readouterr().err
    assert planned.state.directory.exists()


@pytest.mark.parametrize("content", ["{ no [ YAML", "[1]"])
def test_a_kubeconfig_that_cannot_be_changed_refuses_before_anything_is_deleted(
    content: str,
    planned: Plan,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its entries would be forgotten; the file stays as it is, and so does the cluster."""
    monkeypatch.setattr(host, "delete", lambda _: pytest.fail("machines were deleted"))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    recorded = tmp_path / "elsewhere"
    recorded.write_text(content)
    state.save(replace(planned.state, kubeconfig=str(recorded)))
    assert main.run(["cluster", "delete", "local", "--yes"]) == ExitCode.CONFIG_INVALID
    assert "KCF-002" in capsys.readouterr().err
    assert recorded.read_text() == content
    assert state.names() == ["local"]


def test_what_a_killed_write_of_the_pin_left_goes_too(planned: Plan, trusting: OwnerHome) -> None:
    """Those of other clusters stay."""
    folder = trusting.pins_directory
    (folder / ".local.json.123").touch()
    (folder / ".local2.json.123").touch()
    pin.remove(trusting, planned.state.name)
    assert [path.name for path in folder.iterdir()] == [".local2.json.123"]
