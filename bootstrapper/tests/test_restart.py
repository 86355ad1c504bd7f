"""An agent that was interrupted does again what it did not finish."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from asterism.bootstrapper import control_plane, kubelet
from asterism.bootstrapper.init import bring_up, resume
from asterism.bootstrapper.init.bring_up import KubeadmRun
from asterism.bootstrapper.join import client, loop
from asterism.bootstrapper.join.loop import Pause
from asterism.errors import PeerRefusedError, ProvisionError


@pytest.fixture(autouse=True)
def marker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The mark of this boot."""
    monkeypatch.setattr(kubelet, "STARTED", tmp_path / "started")
    return kubelet.STARTED


def test_a_worker_interrupted_before_its_kubelet_started_joins_again() -> None:
    """Bound to the cluster with all files written is not enough."""
    node: Any = SimpleNamespace(binding=SimpleNamespace(bound=object()))
    assert not loop.already_running(node)
    kubelet.remember_start()
    assert loop.already_running(node)


def test_a_machine_that_was_reset_joins_again() -> None:
    """Whatever lies on its disk: PCR 15 is zero."""
    node: Any = SimpleNamespace(binding=SimpleNamespace(bound=None))
    kubelet.remember_start()
    assert not loop.already_running(node)


def test_a_control_plane_interrupted_in_its_second_start_begins_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The files of the first attempt do not count as a running control plane."""
    begun: Any = SimpleNamespace(authorities=None)
    node: Any = SimpleNamespace(membership=SimpleNamespace(genesis=None))
    started: list[bool] = []

    def bring(*_args: object, again: bool) -> Any:
        started.append(again)
        return SimpleNamespace(wait=lambda: None)

    monkeypatch.setattr(resume, "signed_founding", lambda _node: begun)
    monkeypatch.setattr(resume, "is_done", lambda _node: True)
    for name in ("join_cluster", "serve", "plane_of"):
        monkeypatch.setattr(control_plane, name, lambda *_a: None)
    monkeypatch.setattr(bring_up, "bring_up", bring)
    for _ in range(2):
        resume.resume(node, SimpleNamespace())  # type: ignore[arg-type]
    assert started == [True]  # once in this boot, and the agent's restart leaves it alone


def test_a_quote_whose_clock_is_not_safe_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A TPM that lost its power says so for some seconds: ATT-207 is a reason to wait."""
    answers: list[Any] = [PeerRefusedError("ATT-207", "not safe")] * 3 + ["joined"]
    waited: list[float] = []

    def join(_node: object, _address: object) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(client, "join", join)
    monkeypatch.setattr(client, "addresses", lambda _node: (("10.210.0.11", 9443),))
    monkeypatch.setattr(loop, "Pause", lambda: Pause(waited.append))
    node: Any = SimpleNamespace()
    joined: Any = loop.until_admitted(node)
    assert joined == "joined"
    assert len(waited) == 3
    assert max(waited) <= loop.LONGEST_PAUSE


@pytest.mark.parametrize("fails", [False, True])
def test_administrators_of_kubeadm_are_taken_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fails: bool
) -> None:
    """Whether it ended well or not."""
    files = [tmp_path / name for name in bring_up.ADMIN_FILES]

    def run(*_args: object) -> None:
        for file in files:
            file.touch()
        if fails:
            raise ProvisionError("JOI-205", "kubeadm")

    remove = bring_up.remove_admin_files
    monkeypatch.setattr(bring_up, "run_kubeadm", run)
    monkeypatch.setattr(bring_up, "remove_admin_files", lambda: remove(tmp_path))
    made = KubeadmRun(SimpleNamespace(), ())  # type: ignore[arg-type]
    with pytest.raises(ProvisionError, match="JOI-205") if fails else nullcontext():
        made.wait()
    assert not any(file.exists() for file in files)
