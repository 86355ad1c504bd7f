"""Steps as they happen: a spinner on a terminal, plain lines elsewhere, JSON lines on demand."""

import json
from typing import TYPE_CHECKING

import click
from typing_extensions import override

from asterism.cli.options import Settings
from asterism.cli.render import text
from asterism.cluster.events import Event, State, Watcher, silent

if TYPE_CHECKING:
    from rich.status import Status

_MARKS: dict[State, text.Mark] = {
    "started": "note",
    "done": "done",
    "failed": "failed",
    "skipped": "skipped",
    "note": "note",
    "condition": "done",
    "running": "note",
}


def watcher(settings: Settings, *, events_on_stdout: bool = False) -> Watcher:
    """The watcher that fits how this invocation speaks.

    With `events_on_stdout`, `-o json` means one JSON event a line on standard output.
    """
    if events_on_stdout and settings.output == "json":
        return lambda event: click.echo(json.dumps(document(event)))
    if settings.quiet:
        return silent
    if settings.log_format == "json":
        return lambda event: click.echo(json.dumps({"level": "info", **document(event)}), err=True)
    if settings.interactive:
        return SpinnerSteps(settings)
    return PlainSteps(settings)


def document(event: Event) -> dict[str, object]:
    """The event for programs."""
    found: dict[str, object] = {
        "type": "step",
        "step": event.step,
        "state": event.state,
        "title": event.title,
        "ms": event.milliseconds,
    }
    return {**found, "text": event.text} if event.text else found


class PlainSteps:
    """One line for each step that ended; with -v also what happens inside."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __call__(self, event: Event) -> None:
        detail = event.state == "note" and not self._settings.verbosity
        if event.state in ("started", "running") or detail:
            return
        self._write(line(event))

    def _write(self, shown: str) -> None:
        click.echo(shown, err=True, color=self._settings.color)


class SpinnerSteps(PlainSteps):
    """As PlainSteps, below them a spinner with the step that runs. Imports rich when made."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        from rich.console import Console

        self._console: Console = Console(stderr=True, highlight=False, no_color=not settings.color)
        self._running: dict[str, str] = {}
        self._spinner: Status | None = None

    @override
    def __call__(self, event: Event) -> None:
        if event.state in ("started", "running", "note", "condition"):
            self._running[event.step] = f"{event.title} {event.text}".rstrip()
        else:
            self._running.pop(event.step, None)
        self._stop()
        super().__call__(event)
        self._start()

    def _start(self) -> None:
        if self._running:
            latest = list(self._running.values())[-1]
            self._spinner = self._console.status(_escaped(latest), spinner="dots")
            self._spinner.start()

    def _stop(self) -> None:
        if self._spinner is not None:
            self._spinner.stop()
            self._spinner = None


def line(event: Event) -> str:
    """`✓ title: text (0.8 s)`, indented for what happens inside a step."""
    time = click.style(f"({text.seconds(event.milliseconds)})", fg="bright_black")
    if event.state in ("note", "condition"):
        return f"  {text.mark(_MARKS[event.state])} {event.text} {time}"
    behind = f": {event.text}" if event.text else ""
    return f"{text.mark(_MARKS[event.state])} {event.title}{behind} {time}"


def _escaped(shown: str) -> str:
    from rich.markup import escape

    return escape(shown)
