"""A create that does not end well, from the command line; only the host is made up."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from asterism.cli import main
from asterism.cluster import create, host, pin, state
from asterism.cluster.home import OwnerHome
from asterism.cluster.image import Image
from asterism.cluster.plan import Plan
from asterism.errors import ExitCode, ProvisionError, UserError
from asterism.machine import preflight

Fail = Callable[[BaseException], None]


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Makes the making of machines fail on a host that lacks nothing."""
    monkeypatch.setattr(preflight, "require", lambda **_: [])
    monkeypatch.setattr(create, "require_root", lambda: None)
    monkeypatch.setattr("asterism.cluster.delete.require_root", lambda: None)
    monkeypatch.setattr(host, "delete", lambda _: ["local-cp-1"])

    def failing(failure: BaseException) -> None:
        def raises(*_: object) -> None:
            raise failure

        monkeypatch.setattr(host, "provision", raises)

    return failing


def words(image: Image, *options: str) -> list[str]:
    """The command line."""
    return ["cluster", "create", "local", "--image", str(image.directory), *options]


def document(shown: str) -> dict[str, object]:
    """The last event of the stream."""
    found: dict[str, object] = json.loads(shown.splitlines()[-1])
    return found


def bundles(home: OwnerHome) -> list[Path]:
    """Support bundles in the owner's folder."""
    return list(home.support_directory.glob("*")) if home.support_directory.exists() else []


MCH = ProvisionError("MCH-005", "local-cp-1 did not start")


def test_a_failure_is_rolled_back_and_told_in_one_line(
    image: Image,
    trusting: OwnerHome,
    clusters: Path,
    fail: Fail,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What failed, where the bundle is, and what to do."""
    del clusters
    fail(MCH)
    assert main.run(words(image)) == ExitCode.FAILURE
    (line,) = [x for x in capsys.readouterr().err.splitlines() if x.startswith("Cluster local")]
    (bundle,) = bundles(trusting)
    assert "MCH-005 in `Create machines`" in line
    assert str(bundle) in line
    assert "--retain" in line
    assert state.names() == []
    assert pin.find(trusting, "local") is None


@pytest.mark.parametrize(
    ("failure", "options", "code"),
    [
        (MCH, ["--retain"], ExitCode.FAILURE),
        (KeyboardInterrupt(), [], ExitCode.INTERRUPTED),
        (KeyboardInterrupt(), ["--retain"], ExitCode.INTERRUPTED),
    ],
    ids=str,
)
def test_what_is_kept_can_be_gone_on_with_or_deleted(
    failure: BaseException,
    options: list[str],
    code: ExitCode,
    image: Image,
    trusting: OwnerHome,
    clusters: Path,
    fail: Fail,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both ways are told; the record and the pin are there."""
    del clusters
    fail(failure)
    assert main.run(words(image, *options)) == code
    shown = capsys.readouterr().err
    assert "`asterism cluster create local`" in shown
    assert "`asterism cluster delete local`" in shown
    assert state.names() == ["local"]
    assert pin.find(trusting, "local") is not None


def test_an_interruption_can_be_rolled_back(
    image: Image,
    trusting: OwnerHome,
    clusters: Path,
    fail: Fail,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """If that was asked for; nothing failed, so there is no bundle."""
    del clusters
    fail(KeyboardInterrupt())
    assert main.run(words(image, "--rollback", "-o", "json")) == ExitCode.INTERRUPTED
    found = document(capsys.readouterr().out)
    assert (found["type"], found["fate"]) == ("error", "rolledBack")
    assert bundles(trusting) == []
    assert state.names() == []


def test_what_an_earlier_run_began_is_never_deleted(
    planned: Plan, fail: Fail, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even with --rollback."""
    fail(MCH)
    assert main.run(["cluster", "create", "local", "--rollback", "-o", "json"]) == ExitCode.FAILURE
    found = document(capsys.readouterr().out)
    assert found["fate"] == "kept"
    assert Path(str(found["bundle"])).exists()
    assert state.load("local") == planned.state


@pytest.mark.parametrize("failure", [UserError("HST-007", "memory"), KeyboardInterrupt()], ids=str)
def test_before_anything_is_made_there_is_nothing_to_tell(
    failure: BaseException,
    image: Image,
    trusting: OwnerHome,
    clusters: Path,
    fail: Fail,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No bundle, no pin, no record."""
    del clusters
    fail(failure)

    def raises(**_: object) -> None:
        raise failure

    monkeypatch.setattr(preflight, "require", raises)
    assert main.run(words(image)) in (ExitCode.HOST_PRECONDITION, ExitCode.INTERRUPTED)
    assert "Cluster local" not in capsys.readouterr().err
    assert bundles(trusting) == []
    assert state.names() == []


def test_a_kubeconfig_of_another_form_is_refused_before_anything_is_made(
    image: Image, trusting: OwnerHome, clusters: Path, fail: Fail, tmp_path: Path
) -> None:
    """And stays as it is."""
    del clusters
    fail(MCH)
    path = tmp_path / "config"
    path.write_text("[1]")
    assert main.run(words(image, "--kubeconfig", str(path))) == ExitCode.CONFIG_INVALID
    assert path.read_text() == "[1]"
    assert state.names() == []
    assert pin.find(trusting, "local") is None


def test_an_interruption_while_the_bundle_is_saved_still_tells_what_is_left(
    image: Image,
    trusting: OwnerHome,
    clusters: Path,
    fail: Fail,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever is impatient with a failure ends with 130, and the cluster is kept."""
    del clusters

    def impatient(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    fail(MCH)
    monkeypatch.setattr("asterism.cluster.support.bundle.save", impatient)
    assert main.run(words(image)) == ExitCode.INTERRUPTED
    assert "`asterism cluster delete local`" in capsys.readouterr().err
    assert state.names() == ["local"]
    assert trusting.has_owner_key
