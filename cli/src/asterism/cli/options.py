"""Options that many commands share, and the settings that they fill."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from asterism.cli.completion import ClusterName, MachineName

__all__ = [
    "FILE",
    "READING",
    "ClusterName",
    "MachineName",
    "OutputFormat",
    "Settings",
    "cluster_name",
    "manners",
    "output",
    "settings",
]

Command = TypeVar("Command", bound=Callable[..., Any] | click.Command)
OutputFormat = Literal["table", "wide", "json", "yaml", "name"]
READING: tuple[OutputFormat, ...] = ("table", "wide", "json", "yaml", "name")
"""What every command that shows something can write."""


@dataclass(slots=True)
class Settings:
    """How this invocation speaks. Filled by the options before the command runs."""

    quiet: bool = False
    verbosity: int = 0
    log_format: Literal["plain", "json"] = "plain"
    output: OutputFormat = "table"

    @property
    def interactive(self) -> bool:
        """Whether a person watches standard error."""
        return sys.stderr.isatty() and self.log_format == "plain" and not self.quiet

    @property
    def color(self) -> bool:
        """Whether messages are coloured: NO_COLOR and FORCE_COLOR decide, else the terminal."""
        if os.environ.get("NO_COLOR"):
            return False
        return bool(os.environ.get("FORCE_COLOR")) or self.interactive


FILE = click.Path(path_type=Path, readable=False)
"""A file to read. Whether it can be read is found out by reading it, which has IDs of its own."""


def settings() -> Settings:
    """The settings of the running command."""
    found = click.get_current_context().find_object(Settings)
    return found if found is not None else Settings()


def manners(command: Command) -> Command:
    """Add `--quiet`, `-v` and `--log-format`; they may stand before or after the command's name."""
    # A function is decorated from the bottom up, a command that exists already from the top down.
    order = _MANNERS if isinstance(command, click.Command) else tuple(reversed(_MANNERS))
    for decorate in order:
        command = decorate(command)
    return command


def output(*formats: OutputFormat) -> Callable[[Command], Command]:
    """Add `-o FORMAT`, all of `READING` if no `formats` are named; the first is the default."""
    formats = formats or READING
    return click.option(
        "-o",
        "--output",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        expose_value=False,
        callback=_set_output,
        help="What to write to standard output.",
    )


def cluster_name(*, default: str | None = "local") -> Callable[[Command], Command]:
    """Add the argument NAME of a cluster."""
    return click.argument(
        "name", type=ClusterName(), default=default, required=False, metavar="[NAME]"
    )


def _set_quiet(_ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        settings().quiet = True


def _set_verbosity(_ctx: click.Context, _parameter: click.Parameter, value: int) -> None:
    chosen = settings()
    chosen.verbosity += value
    _configure_log(chosen)


def _set_log_format(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        chosen = settings()
        chosen.log_format = "json" if value == "json" else "plain"
        _configure_log(chosen)


def _set_output(_ctx: click.Context, _parameter: click.Parameter, value: OutputFormat) -> None:
    settings().output = value


def _configure_log(chosen: Settings) -> None:
    """Libraries speak with -v only: what they would say of errors is said in our own words."""
    if not chosen.verbosity:
        return
    import logging

    from asterism.log import setup

    level = logging.INFO if chosen.verbosity == 1 else logging.DEBUG
    setup.configure(level, chosen.log_format)


_MANNERS = (
    click.option(
        "-q",
        "--quiet",
        is_flag=True,
        expose_value=False,
        callback=_set_quiet,
        help="Write nothing but results and errors.",
    ),
    click.option(
        "-v",
        "--verbose",
        count=True,
        expose_value=False,
        callback=_set_verbosity,
        help="Write more; -vv also shows tracebacks.",
    ),
    click.option(
        "--log-format",
        type=click.Choice(["plain", "json"]),
        expose_value=False,
        callback=_set_log_format,
        help="How messages on standard error are written.",
    ),
)
