"""Writes the manual pages from the commands themselves: `python -m asterism.cli.manual DIRECTORY`.

One page for `asterism`, one for each noun and one for each command, in the macros of man(7).
"""

import re
import sys
import textwrap
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click

from asterism.cli.commands.table import COMMANDS
from asterism.cli.lazy import Noun, Verb, load
from asterism.cli.main import cli
from asterism.errors import ExitCode

SECTION = 1
WIDTH = 72
"""Of the source; escapes make it wider."""
DATE = "2026-11-23"
"""When the form of the pages last changed; the day of building would make each build another."""

_ABOUT = """\
Asterism is an engine for confidential Kubernetes clusters. Every node is a confidential
machine that proves which image it booted and for which owner before it is given a key.

Results go to standard output, everything else to standard error. Every error has a stable ID;
`asterism explain ID` says what it means and what to do.

Under sudo, the configuration and the kubeconfig of the user behind it are used. Commands that
make, change or delete machines need root."""

_ENVIRONMENT = {
    "KUBECONFIG": "A list of kubeconfig files, as kubectl reads it.",
    "XDG_CONFIG_HOME": "Where your owner key, anchors and pins lie, in `asterism`; else ~/.config.",
    "NO_COLOR": "No colours, whatever else is set.",
    "FORCE_COLOR": "Colours even where standard error is no terminal.",
}
_FILES = {
    "~/.config/asterism": "Owner key, trust anchors, and a pin for each cluster. Keep a copy.",
    "/var/lib/asterism": "Images, and the host's state of clusters. Nothing there is believed.",
}
_BLOCK = re.compile(r"\A\s*[\b]\n")


def pages() -> dict[str, str]:
    """File name to text."""
    found = {"asterism": _main_page()}
    for name, item in COMMANDS.items():
        match item:
            case Noun():
                found[f"asterism-{name}"] = _noun_page(name, item)
                for verb_name, verb in item.verbs.items():
                    found[f"asterism-{name}-{verb_name}"] = _verb_page(f"{name} {verb_name}", verb)
            case Verb():
                found[f"asterism-{name}"] = _verb_page(name, item)
    return {f"{name}.{SECTION}": text for name, text in found.items()}


def write(directory: Path) -> None:
    """Write all pages; those of commands that are no more are removed."""
    directory.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for stale in [directory / f"asterism.{SECTION}", *directory.glob(f"asterism-*.{SECTION}")]:
        if stale.name not in wanted:
            stale.unlink(missing_ok=True)
    for name, text in wanted.items():
        (directory / name).write_text(text)


def _main_page() -> str:
    items = {f"asterism {name}": item.help for name, item in COMMANDS.items()}
    return _page(
        "asterism",
        "confidential Kubernetes clusters, verified by you",
        _synopsis(cli, "asterism"),
        _prose(_ABOUT),
        _listed("COMMANDS", items),
        _listed("OPTIONS", _options(cli)),
        _exit_status(),
        _listed("ENVIRONMENT", _ENVIRONMENT),
        _listed("FILES", _FILES),
    )


def _noun_page(name: str, noun: Noun) -> str:
    items = {f"asterism {name} {verb_name}": verb.help for verb_name, verb in noun.verbs.items()}
    synopsis = f".B asterism {name}\nCOMMAND [ARGS]...\n"
    return _page(
        f"asterism {name}", noun.help, synopsis, _prose(noun.help), _listed("COMMANDS", items)
    )


def _verb_page(name: str, verb: Verb) -> str:
    command = load(verb)
    blocks = (command.help or "").split("\n\n")
    examples = [block for block in blocks if _is_example(block)]
    description = "\n\n".join(block for block in blocks if not _is_example(block))
    return _page(
        f"asterism {name}",
        verb.help,
        _synopsis(command, f"asterism {name}"),
        _prose(description),
        _listed("OPTIONS", _options(command)),
        "".join(f".SH EXAMPLES\n{_literal(block, skip=1)}" for block in examples),
        _exit_status(),
    )


def _page(name: str, meaning: str, synopsis: str, description: str, *sections: str) -> str:
    dashed = name.replace(" ", "-")
    source = f'"Asterism {version("asterism")}" Asterism'
    head = f".TH {_escape(dashed.upper())} {SECTION} {DATE} {source}\n"
    summary = _escape(meaning.rstrip("."))
    others = "" if name == "asterism" else f".SH SEE ALSO\n.BR asterism ({SECTION})\n"
    return (
        f"{head}.SH NAME\n{_escape(dashed)} \\- {summary}\n.SH SYNOPSIS\n{synopsis}"
        f".SH DESCRIPTION\n{description}{''.join(sections)}{others}"
    )


def _synopsis(command: click.Command, name: str) -> str:
    context = _context(command)
    return f".B {_escape(name)}\n{_escape(' '.join(command.collect_usage_pieces(context)))}\n"


def _options(command: click.Command) -> dict[str, str]:
    context = _context(command)
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    return {record[0]: record[1] for record in records if record is not None and record[1]}


def _context(command: click.Command) -> click.Context:
    return click.Context(command, info_name="asterism", help_option_names=["-h", "--help"])


def _exit_status() -> str:
    return _listed("EXIT STATUS", {str(code.value): code.meaning for code in ExitCode})


def _listed(title: str, items: dict[str, str]) -> str:
    entries = (f".TP\n.B {_escape(term)}\n{_lines(text)}" for term, text in items.items())
    return f".SH {title}\n{''.join(entries)}" if items else ""


def _prose(text: str) -> str:
    return ".PP\n".join(_blocks(text))


def _blocks(text: str) -> Iterator[str]:
    for block in text.strip().split("\n\n"):
        yield _literal(block, skip=0) if _BLOCK.match(block) else _lines(" ".join(block.split()))


def _is_example(block: str) -> bool:
    return "\nExamples:" in block and _BLOCK.match(block) is not None


def _literal(block: str, *, skip: int) -> str:
    """Lines that stay as they are; the first `skip` are left out."""
    lines = _BLOCK.sub("", block).splitlines()[skip:]
    return ".nf\n" + "".join(f"{_protected(_escape(line.strip()))}\n" for line in lines) + ".fi\n"


def _lines(text: str) -> str:
    """Text to be filled; no line of the source begins as a request of roff."""
    lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{_protected(_escape(line))}\n" for line in lines)


def _protected(line: str) -> str:
    return f"\\&{line}" if line.startswith((".", "'")) else line


def _escape(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
