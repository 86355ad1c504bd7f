"""Runs `asterism cluster create` and kills it without warning when a chosen step has ended."""

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from asterism import clock
from asterism.e2e.factory import Wanted
from asterism.e2e.home import CREATE_TIMEOUT, Home


@dataclass(frozen=True, slots=True)
class Interruption:
    """How a creation ended: the steps that had ended, and whether it was killed before its end."""

    steps: list[str]
    killed: bool


def create_and_kill(
    home: Home, cluster: str, *, after: int, log: Path, whole_group: bool = False
) -> Interruption:
    """Create `cluster`, and kill -9 the command when `after` steps have ended (0: at once).

    With `whole_group` its child processes die with it; otherwise they are left to notice.
    """
    wishes = Wanted().arguments()
    running = home.start_asterism("cluster", "create", cluster, *wishes, "-o", "json", log=log)
    try:
        _wait_for_steps(running, log, after)
        killed = running.poll() is None
        if killed:
            _kill(running, whole_group=whole_group)
    finally:
        if running.poll() is None:
            running.kill()
        running.wait()
    return Interruption(_ended(log), killed)


def _wait_for_steps(running: "subprocess.Popen[bytes]", log: Path, count: int) -> None:
    deadline = clock.monotonic() + CREATE_TIMEOUT
    while len(_ended(log)) < count and running.poll() is None:
        assert clock.monotonic() < deadline, f"step {count} did not end"
        clock.sleep(0.02)


def _kill(running: "subprocess.Popen[bytes]", *, whole_group: bool) -> None:
    if whole_group:
        os.killpg(running.pid, signal.SIGKILL)
    else:
        running.kill()


def _ended(log: Path) -> list[str]:
    """Steps that the log calls done; a line that is not complete yet, or no event, is passed."""
    found = []
    for line in log.read_text().splitlines(keepends=True):
        if line.endswith("}\n"):
            event = json.loads(line)
            if event.get("type") == "step" and event["state"] == "done":
                found.append(event["step"])
    return found
