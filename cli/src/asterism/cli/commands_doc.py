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
--help` and the manual pages (`man asterism`) show the same.

**Results** go to standard output, everything else to standard error. Every command that shows
something writes it as a `table`, a `wide` table, `json`, `yaml`, or one `name` a line (`-o`). JSON
and YAML are one document in a versioned envelope (`apiVersion`, `kind`); `cluster create -o json`
gives one JSON event a line. What has a form of its own is printed in it: kubeconfigs, the
configuration and its schema, completion scripts, consoles.

**Errors** have an ID, a cause, a hint and an exit code, the same for all commands:
[errors/README.md](errors/README.md). A reader that leaves early, as `head` does, ends a command
quietly with exit code 1.

**Messages**: `-q`, `-v`, `-vv` and `--log-format json` may stand before or after the command's
name. Steps have a spinner on a terminal and are plain lines elsewhere. `NO_COLOR` and `FORCE_COLOR`
decide about colours, in this order.

**Who you are**: under sudo, your own configuration and kubeconfig are used. Commands that make,
change or delete machines need root; those that only talk to a cluster do not.

**What destroys asks**: `cluster delete` and `image prune` ask on a terminal; anywhere else they
need `--yes`.
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
