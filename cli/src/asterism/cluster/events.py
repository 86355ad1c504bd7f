"""What orchestration tells whoever watches: steps that begin, end or fail. Prints nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

from asterism import clock

State: TypeAlias = Literal["started", "done", "failed", "skipped", "note", "condition", "running"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `step` is a stable name, `title` and `text` are for people."""

    step: str
    state: State
    title: str
    text: str = ""
    milliseconds: int = 0
    """Since the step began; for a note, since whatever the note is about began."""


Watcher: TypeAlias = Callable[[Event], None]


class Step:
    """A running step: lets its body add what it found out."""

    def __init__(self, watch: Watcher, name: str, title: str) -> None:
        self._watch = watch
        self._name = name
        self._title = title
        self._began = clock.monotonic()
        self.text = ""
        """Shown behind the title when the step ends, e.g. a digest."""

    def note(self, text: str, *, milliseconds: int | None = None) -> None:
        """Report something inside the step."""
        self.emit("note", text, milliseconds)

    def doing(self, text: str, *, milliseconds: int | None = None) -> None:
        """Report what the step does now."""
        self.emit("running", text, milliseconds)

    def met(self, text: str) -> None:
        """Report that a condition the step waits for holds now."""
        self.emit("condition", text)

    def emit(self, state: State, text: str, milliseconds: int | None = None) -> None:
        """Report a change of the step itself."""
        since = self.milliseconds if milliseconds is None else milliseconds
        self._watch(Event(self._name, state, self._title, text, since))

    @property
    def milliseconds(self) -> int:
        """Since the step began."""
        return round((clock.monotonic() - self._began) * 1000)


@contextmanager
def step(watch: Watcher, name: str, title: str) -> Iterator[Step]:
    """Report that the body began and how it ended; exceptions pass through."""
    running = Step(watch, name, title)
    running.emit("started", "")
    try:
        yield running
    except BaseException:
        running.emit("failed", running.text)
        raise
    running.emit("done", running.text)


def silent(_event: Event) -> None:
    """A watcher that does not care."""


class Remembering:
    """Passes events on and keeps the title of the first step that failed."""

    def __init__(self, watch: Watcher) -> None:
        self._watch = watch
        self.failed = ""

    def __call__(self, event: Event) -> None:
        if event.state == "failed" and not self.failed:
            self.failed = event.title
        self._watch(event)
