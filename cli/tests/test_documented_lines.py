"""Every command line in README and docs is one that this version understands."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from asterism.cli.main import cli
from asterism.errors.catalogue import entries

CHECKOUT = Path(__file__).parents[2]
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *(CHECKOUT / "docs").rglob("*.md")]
GENERATED = {"cli.md", "attacks.md"}
CODE = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"```(?:sh|bash|console)?\n(.*?)```", re.DOTALL)
PLACEHOLDER = {"COMMAND", "NOUN", "VERB", "..."}


def lines_of(text: str) -> Iterator[str]:
    """What stands in code and begins with a program that we ship."""
    blocks = BLOCK.findall(text)
    candidates = [
        *CODE.findall(BLOCK.sub("", text)),
        *(line for b in blocks for line in b.splitlines()),
    ]
    for candidate in candidates:
        for part in re.split(r"\s&&\s|\s\|\s", candidate.partition(" #")[0]):
            yield part.strip().removeprefix("sudo ")


def documented(program: str) -> set[str]:
    """All lines of `program` in pages that people write, and in the catalogue."""
    pages = [page.read_text() for page in PAGES if page.name not in GENERATED]
    texts = [*pages, *(entry.cause + " " + entry.hint for entry in entries().values())]
    return {
        line
        for text in texts
        for line in lines_of(text)
        if line.startswith(f"{program} ") and not PLACEHOLDER & set(line.split())
    }


@pytest.mark.parametrize("line", sorted(documented("asterism")))
def test_the_line_is_understood(line: str) -> None:
    """Command, options and arguments exist; click's UsageError otherwise."""
    context, words = click.Context(cli, info_name="asterism"), shlex.split(line)[1:]
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        _, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, parent=context)
    if isinstance(command, click.Group) or "--help" in words or not words:
        return  # a command's name in a sentence
    command.make_context(command.name, words, parent=context.parent)


def test_every_target_that_is_named_exists() -> None:
    """`make TARGET` in a page is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))
    named = {line.split()[1] for line in documented("make")}
    assert named <= targets


def test_there_are_lines_to_check() -> None:
    """So that a changed way of writing does not empty the test."""
    assert "asterism cluster verify local --save evidence.jsonl" in documented("asterism")
    assert len(documented("asterism")) > 20
