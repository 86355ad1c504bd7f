"""Writes docs/errors from the catalogue: `python -m asterism.cli.errors_doc DIRECTORY`."""

import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from asterism.errors import ExitCode
from asterism.errors.catalogue import entries
from asterism.errors.catalogue.entry import Entry

INDEX = "README.md"


def pages() -> dict[str, str]:
    """File name to text: one page for each family of IDs, and an index."""
    ordered = sorted(entries().values(), key=lambda entry: entry.error_id)
    families = {
        family: list(members) for family, members in groupby(ordered, lambda e: e.error_id[:3])
    }
    found = {f"{family}.md": _page(family, members) for family, members in families.items()}
    return {INDEX: _index(families), **found}


def write(directory: Path) -> None:
    """Make `directory` hold exactly the pages."""
    directory.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for stale in directory.glob("*.md"):
        if stale.name not in wanted:
            stale.unlink()
    for name, text in wanted.items():
        (directory / name).write_text(text)


def _index(families: dict[str, list[Entry]]) -> str:
    codes = "\n".join(f"| {code.value} | {code.meaning} |" for code in ExitCode)
    rows = "\n".join(
        f"| [{entry.error_id}]({family}.md#{entry.error_id.lower()}) | {entry.title} |"
        for family, members in families.items()
        for entry in members
    )
    return (
        "# Errors\n\n"
        "Every error that reaches a user has a stable ID, which keeps its meaning for ever; "
        "`asterism explain ID` shows the same text, `asterism explain` lists all.\n"
        "Generated from the catalogue by `python -m asterism.cli.errors_doc docs/errors`.\n\n"
        f"## Exit codes\n\n| code | meaning |\n|---|---|\n{codes}\n\n"
        f"## All IDs\n\n| ID | title |\n|---|---|\n{rows}\n"
    )


def _page(family: str, members: Iterable[Entry]) -> str:
    return f"# {family}\n\n" + "\n".join(map(_section, members))


def _section(entry: Entry) -> str:
    return (
        f"## {entry.error_id}\n\n"
        f"**{entry.title}** (exit code {entry.exit_code.value})\n\n"
        f"{entry.cause}\n\n"
        f"What to do: {entry.hint}\n"
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
