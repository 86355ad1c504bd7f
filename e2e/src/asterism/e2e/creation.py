"""A `cluster create` while it runs: what it has said so far, signals to it, and how it ends."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterism.e2e.factory import Wanted
from asterism.e2e.home import CREATE_TIMEOUT, Home
from asterism.e2e.waiting import eventually


class EndedError(Exception):
    """The command ended before what was waited for; the message is all that it wrote."""


@dataclass(frozen=True, slots=True)
class RunningCreation:
    """One run of the command, in a process group of its own as under a terminal."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def text(self) -> str:
        """All that it has written, on both streams."""
        return self.log.read_text()

    @property
    def events(self) -> list[dict[str, Any]]:
        """Its events so far, in order; what is no event, or not complete yet, is passed."""
        lines = self.text.splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}\n")]

    @property
    def error(self) -> dict[str, Any]:
        """The event of its failure."""
        return next(event for event in self.events if event["type"] == "error")

    def wait_for(self, step: str, state: str = "done", *, within: float = 60.0) -> None:
        """Return when `step` has come to `state`; EndedError if the command ends before."""

        def check() -> None:
            ended = self.process.poll() is not None
            if (step, state) not in self._states():
                if ended:
                    raise EndedError(self.text)
                msg = f"{step} is not {state}: {self.text}"
                raise AssertionError(msg)

        eventually(check, within=within, every=0.02)

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> None:
        """Send a signal to the whole group, as a terminal does."""
        os.killpg(self.process.pid, number)

    def end(self, within: float = CREATE_TIMEOUT) -> int:
        """Its exit code."""
        return self.process.wait(within)

    def _states(self) -> set[tuple[str, str]]:
        return {(e["step"], e["state"]) for e in self.events if e["type"] == "step"}


@contextmanager
def running_creation(
    home: Home, cluster: str, log: Path, *options: str
) -> Iterator[RunningCreation]:
    """A creation for the length of the body; killed if it still runs behind it."""
    words = ("cluster", "create", cluster, *Wanted().arguments(), "-o", "json", *options)
    process = home.start_asterism(*words, log=log)
    try:
        yield RunningCreation(process, log)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
