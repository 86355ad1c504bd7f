"""What a build tells its caller while it works."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    """Where a step stands."""

    STARTED = "started"
    DONE = "done"
    CACHED = "cached"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One report: `title` is for people, `name` is stable and names the log file.

    `seconds` have passed since the step started; `note` is one more line for the reader, if any.
    """

    name: str
    title: str
    state: State
    seconds: float = 0.0
    log: Path | None = None
    note: str = ""


Progress = Callable[[Step], None]
