"""Writes docs/cli.md from the commands themselves: `python -m asterism.cli.commands_doc FILE`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from asterism.cli.commands.table import COMMANDS
from asterism.cli.lazy import Noun, Verb, load
from asterism.cli.main import cli

HEAD = """\
# Commands

Generated from the commands by `python -m asterism.cli.commands_doc docs/cli.md`; `asterism COMMAND
--help` shows the same.

Results go to standard output, everything else to standard error. `-o json` and `-o yaml` give one
document in a versioned envelope (`apiVersion`, `kind`); `cluster create -o json` gives one JSON
event a line. Exit codes are the same for all commands: [errors/README.md](errors/README.md).

`-q`, `-v`, `-vv` and `--log-format json` may stand before or after the command's name. `NO_COLOR`
and `FORCE_COLOR` decide about colours. Under sudo, your own configuration and kubeconfig are used.
Commands that make, change or delete machines need root; those that only talk to a cluster do not.

`cluster delete` asks on a terminal; anywhere else it needs `--yes`.
"""


def text() -> str:
    """The whole page."""
    return HEAD + "".join(f"\n{section}" for section in _sections())


def _sections() -> Iterator[str]:
    for name, item in COMMANDS.items():
        match item:
            case Noun():
                for verb_name, verb in item.verbs.items():
                    yield _section(f"{name} {verb_name}", verb)
            case Verb():
                yield _section(name, item)


def _section(name: str, verb: Verb) -> str:
    command = load(verb)
    root = click.Context(cli, info_name="asterism", help_option_names=["-h", "--help"])
    context = click.Context(command, info_name=name, parent=root, terminal_width=96)
    return f"## asterism {name}\n\n```\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text())
