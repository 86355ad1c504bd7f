"""Signals, in processes of the test's own: in order at the first, at once at the second."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from asterism import clock
from asterism.cluster import interrupts
from asterism.cluster.interrupts import SAME_SECONDS
from asterism.errors import ExitCode

HEAD = """
import sys, time
from asterism.cluster import interrupts
interrupts.install()
def say(word):
    print(word, flush=True)
"""
ORDERLY = (
    HEAD
    + """
try:
    say("ready")
    time.sleep(60)
except KeyboardInterrupt:
    say("closing")
    time.sleep(float(sys.argv[1]))
    say("closed")
    sys.exit(130)
"""
)
WRITING = (
    HEAD
    + """
try:
    with interrupts.deferred():
        say("ready")
        time.sleep(0.5)
        say("written")
    say("not reached")
except KeyboardInterrupt:
    say("closed")
    sys.exit(130)
"""
)
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@contextmanager
def running(code: str, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """A process that has said that it is ready."""
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@SIGNALS
def test_the_first_signal_ends_in_order(number: signal.Signals) -> None:
    """What was begun is closed."""
    with running(ORDERLY, "0") as process:
        process.send_signal(number)
        said, _ = process.communicate(timeout=20)
        assert said == "closing\nclosed\n"
        assert process.returncode == ExitCode.INTERRUPTED


@SIGNALS
def test_the_second_signal_ends_at_once(number: signal.Signals) -> None:
    """With the same code, and words on what is left."""
    with running(ORDERLY, "60") as process:
        process.send_signal(number)
        clock.sleep(SAME_SECONDS + 0.1)
        process.send_signal(number)
        said, warned = process.communicate(timeout=20)
        assert said == "closing\n"
        assert "asterism cluster delete NAME" in warned
        assert process.returncode == ExitCode.INTERRUPTED


def test_one_signal_that_is_delivered_twice_is_one() -> None:
    """A terminal sends it to the whole group, and sudo passes it on."""
    with running(ORDERLY, "0.5") as process:
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
        assert said == "closing\nclosed\n"


def test_a_record_is_written_to_its_end() -> None:
    """The interruption comes behind it."""
    with running(WRITING) as process:
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
        assert said == "written\nclosed\n"
        assert process.returncode == ExitCode.INTERRUPTED


LEAVING = (
    HEAD
    + """
import atexit
atexit.register(time.sleep, 60)
try:
    say("ready")
    time.sleep(60)
except KeyboardInterrupt:
    print("closed")  # not flushed
    interrupts.leave(130)
"""
)


def test_an_interrupted_command_is_not_held_up_behind_its_end() -> None:
    """Nor can a late signal change its exit code; what it wrote is written."""
    with running(LEAVING) as process:
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
        assert said == "closed\n"
        assert process.returncode == ExitCode.INTERRUPTED


def test_an_undisturbed_command_ends_as_ever() -> None:
    """Nothing happens without a signal."""
    interrupts.leave(130)
