"""Steps: kept by key, whole or absent, and a failure names its log."""

import os
from pathlib import Path

import pytest

from asterism.errors import ProvisionError
from asterism.images import workshop
from asterism.images.progress import State, Step
from asterism.images.workshop import Job, Workshop


def _write(job: Job) -> None:
    (job.out / "result").write_text("made")


def test_a_step_is_made_once_for_a_key(tmp_path: Path) -> None:
    """The second call finds the first one's result and makes nothing."""
    seen: list[Step] = []
    shop = Workshop(tmp_path, seen.append)
    first = shop.make("step", "A step", "key", _write)
    second = shop.make("step", "A step", "key", lambda _: pytest.fail("made again"))
    assert first == second
    assert (second / "result").read_text() == "made"
    assert [step.state for step in seen] == [State.STARTED, State.DONE, State.CACHED]


def test_another_key_is_another_result(tmp_path: Path) -> None:
    """Both stay until they are pruned."""
    shop = Workshop(tmp_path, lambda _: None)
    assert shop.make("step", "", "one", _write) != shop.make("step", "", "two", _write)


def test_a_failed_step_leaves_no_result_and_names_its_log(tmp_path: Path) -> None:
    """The next build starts that step anew; the error shows what the program said."""
    seen: list[Step] = []
    shop = Workshop(tmp_path, seen.append)
    with pytest.raises(ProvisionError) as failed:
        shop.make("step", "", "key", _fail)
    assert failed.value.error_id == "IMG-001"
    assert failed.value.facts["log"] == str(tmp_path / "logs" / "step.log")
    assert "to no avail" in failed.value.facts["output"]
    assert seen[-1].state is State.FAILED
    assert (shop.make("step", "", "key", _write) / "result").exists()


def test_an_interrupted_step_is_not_taken_for_a_result(tmp_path: Path) -> None:
    """A draft lies under another name until it is whole."""
    shop = Workshop(tmp_path, lambda _: None)

    def interrupt(job: Job) -> None:
        _write(job)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shop.make("step", "", "key", interrupt)
    made: list[Path] = []
    shop.make("step", "", "key", lambda job: made.append(job.out))
    assert made


def test_prune_keeps_the_last_used_result_of_each_step(tmp_path: Path) -> None:
    """Last used, not last made: a build that found a result in the cache used it."""
    shop = Workshop(tmp_path, lambda _: None)
    old, new = (shop.make("step", "", key, _write) for key in ("old", "new"))
    os.utime(old, (1, 1))
    os.utime(new, (0, 0))
    assert shop.prune() == [new]
    assert old.is_dir()


def _fail(job: Job) -> None:
    job.run(["sh", "-c", "echo to no avail; exit 3"])


def test_the_callers_python_settings_stay_outside() -> None:
    """A cache prefix or a path of the caller's would change what the node's Python compiles."""
    callers = {"PATH": "/bin", "PYTHONPYCACHEPREFIX": "/elsewhere", "PYTHONPATH": "/mine"}
    assert workshop.neutral(callers) == {"PATH": "/bin"}
