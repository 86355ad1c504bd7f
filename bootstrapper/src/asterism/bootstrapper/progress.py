"""The steps of a long task as they pass: kept, so that whoever calls again sees all of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from asterism import clock


@dataclass(frozen=True, slots=True)
class Event:
    """A step began (`done` False) or ended, `milliseconds` after the task began."""

    step: str
    text: str
    done: bool
    milliseconds: int


class ProgressLog:
    """Events of one task and its end; written by the task, followed by any number of threads."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._ended = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()
        self._began = clock.monotonic()

    @contextmanager
    def step(self, name: str, text: str) -> Iterator[None]:
        """A step that begins now and ends with the block; one that fails never ends."""
        self._add(name, text, done=False)
        yield
        self._add(name, text, done=True)

    def end(self, error: BaseException | None = None) -> None:
        """The task ended, with `error` if it failed."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    @property
    def failed(self) -> bool:
        """Whether the task ended with an error."""
        return self._error is not None

    def follow(self) -> Iterator[Event]:
        """All events from the first on, until the task ends; raises what it failed with."""
        seen = 0
        while True:
            with self._changed:
                while len(self._events) == seen and not self._ended:
                    self._changed.wait()
                fresh, ended = self._events[seen:], self._ended
            yield from fresh
            seen += len(fresh)
            if ended and not fresh:
                break
        if self._error is not None:
            raise self._error

    def _add(self, name: str, text: str, *, done: bool) -> None:
        elapsed = int((clock.monotonic() - self._began) * 1000)
        with self._changed:
            self._events.append(Event(name, text, done, elapsed))
            self._changed.notify_all()
