"""Long series of like rounds that can be stopped at any time and continued: one line a round.

Settings, all by environment, for `make test-long` and for hosts that many share:

- `ASTERISM_E2E_CAMPAIGN`: a folder in which records are kept. A series that finds its record there
  goes on after the last round that ended; without it each run begins anew.
- `ASTERISM_E2E_LOCK`: a file that is locked (flock) for the length of each round.
- `ASTERISM_E2E_TURN`: seconds (0) for which the lock is kept over several rounds.
"""

import fcntl
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asterism import clock

FOLDER_VARIABLE = "ASTERISM_E2E_CAMPAIGN"
LOCK_VARIABLE = "ASTERISM_E2E_LOCK"
TURN_VARIABLE = "ASTERISM_E2E_TURN"
Facts = dict[str, Any]


class Turn:
    """The lock of a shared host, if one is set: held from `take` for so many seconds, or longer."""

    def __init__(self) -> None:
        self._held = ExitStack()
        self._ends = 0.0

    def take(self) -> None:
        """Hold the lock. Once the time is over it is given to others first."""
        if clock.monotonic() < self._ends:
            return
        self.end()
        self._held.enter_context(_exclusive())
        self._ends = clock.monotonic() + setting(TURN_VARIABLE, 0)

    def end(self) -> None:
        """Give the lock back."""
        self._held.close()
        self._ends = 0.0


@dataclass(frozen=True, slots=True)
class Campaign:
    """`total` rounds, numbered from 0; what each of them found out is a line of `record`."""

    name: str
    total: int
    record: Path
    turn: Turn = field(default_factory=Turn)

    @classmethod
    def of(cls, name: str, total: int, otherwise: Path) -> "Campaign":
        """The series `name`; its record is kept in `otherwise` unless a folder is set."""
        folder = Path(os.environ.get(FOLDER_VARIABLE, otherwise))
        folder.mkdir(parents=True, exist_ok=True)
        return cls(name, total, folder / f"{name}.jsonl")

    def done(self) -> list[Facts]:
        """The facts of the rounds that ended, in order; a line cut off by a crash is none."""
        if not self.record.exists():
            return []
        lines = self.record.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def rounds(self) -> Iterator[tuple[int, Facts]]:
        """Number and facts of each round that is left. The body fills the facts in.

        A round whose body raises is not recorded: it is done again when the series goes on.
        """
        try:
            for number in range(len(self.done()), self.total):
                self.turn.take()
                facts: Facts = {}
                began = clock.monotonic()
                yield number, facts
                facts["seconds"] = round(clock.monotonic() - began, 1)
                self._note(number, facts)
        finally:
            self.turn.end()

    def _note(self, number: int, facts: Facts) -> None:
        with self.record.open("a") as file:
            file.write(json.dumps(facts) + "\n")
        told = ", ".join(f"{key} {value}" for key, value in facts.items())
        sys.stderr.write(f"{self.name} {number + 1}/{self.total}: {told}\n")
        sys.stderr.flush()


def setting(name: str, default: int) -> int:
    """A number from the environment."""
    return int(os.environ.get(name, default))


@contextmanager
def _exclusive() -> Iterator[None]:
    path = os.environ.get(LOCK_VARIABLE)
    if path is None:
        yield
        return
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
