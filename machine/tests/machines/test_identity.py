"""A process is never mistaken for another with the same number."""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from asterism.machine.identity import ProcessId


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that would sleep for a minute."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_knows_the_living(sleeper: "subprocess.Popen[bytes]") -> None:
    """A running process is alive and does not end by itself."""
    process = ProcessId.of(sleeper.pid)
    assert process.alive()
    assert not process.wait(0.01)


@pytest.mark.parametrize("other", [{"start_time": 1}, {"boot": "another"}])
def test_spares_a_process_that_reuses_the_number(
    sleeper: "subprocess.Popen[bytes]", other: dict[str, object]
) -> None:
    """With another start time or boot it is another process: no signal reaches it."""
    stranger = replace(ProcessId.of(sleeper.pid), **other)  # type: ignore[arg-type]
    assert not stranger.alive()
    stranger.end(0.0)
    assert sleeper.poll() is None


def test_takes_a_corpse_for_dead() -> None:
    """A process that nobody reaped yet counts as ended."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    process = ProcessId.of(pid)
    assert process.wait(5)
    assert not process.alive()
    os.waitpid(pid, 0)
    assert not process.alive()


def test_ends_by_force_what_ignores_the_order() -> None:
    """SIGKILL follows when patience is over."""
    with subprocess.Popen(
        ["sh", "-c", "trap '' TERM; echo; while :; do sleep 1; done"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        ProcessId.of(process.pid).end(0.05)
        assert process.wait() == -signal.SIGKILL


def test_survives_its_json_form() -> None:
    """State on disk gives back the same process."""
    own = ProcessId.own()
    assert ProcessId(**own.to_plain()) == own  # type: ignore[arg-type]
