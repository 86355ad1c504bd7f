"""Command groups that import a command only when it runs, so that `--help` stays fast."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

import click
from click.shell_completion import CompletionItem
from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: the module that holds it as `command`, and its line in the list."""

    module: str
    help: str


@dataclass(frozen=True, slots=True)
class Noun:
    """A group of commands."""

    help: str
    verbs: Mapping[str, Verb]


Table = Mapping[str, Verb | Noun]


class LazyGroup(click.Group):
    """A group over a table; knows names and help lines without importing anything."""

    def __init__(self, name: str, table: Table, *, help: str) -> None:  # noqa: A002 - click's name
        super().__init__(name, help=help, no_args_is_help=True)
        self._table = table

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._table)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        item = self._table.get(cmd_name)
        match item:
            case Verb():
                return load(item)
            case Noun():
                return LazyGroup(cmd_name, item.verbs, help=item.help)
            case None:
                return None

    @override
    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands that begin so, from the table; click would import them all."""
        found = [
            CompletionItem(name, help=item.help)
            for name, item in self._table.items()
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, item.help) for name, item in self._table.items()])


def load(verb: Verb) -> click.Command:
    """The command of `verb`."""
    command = import_module(verb.module).command
    if not isinstance(command, click.Command):
        msg = f"{verb.module}.command is not a command"
        raise TypeError(msg)
    return command
