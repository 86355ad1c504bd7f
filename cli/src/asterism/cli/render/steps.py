"""Steps as they happen: a spinner on a terminal, plain lines elsewhere, JSON lines on demand."""

import json
from typing import TYPE_CHECKING

import click

from asterism.cli.options import Settings
from asterism.cli.render import text
from asterism.cluster.events import Event, Watcher, silent

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status


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
        if event.state == "started" or (event.state == "note" and not self._settings.verbosity):
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

    def __call__(self, event: Event) -> None:
        if event.state in ("started", "note"):
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
    """`✓ title text (0.8 s)`."""
    sign = text.mark("done" if event.state in ("done", "started") else event.state)
    words = f"  {event.text}" if event.state == "note" else event.title
    behind = f": {event.text}" if event.text and event.state != "note" else ""
    time = click.style(f"({text.seconds(event.milliseconds)})", fg="bright_black")
    return f"{sign} {words}{behind} {time}"


def _escaped(shown: str) -> str:
    from rich.markup import escape

    return escape(shown)
