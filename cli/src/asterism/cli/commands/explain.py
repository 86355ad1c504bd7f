"""`asterism explain [ID]`."""

from difflib import get_close_matches

import click

from asterism.cli import completion, options
from asterism.cli.render import output
from asterism.cli.render.output import Result
from asterism.errors import UserError
from asterism.errors.catalogue import entries
from asterism.errors.catalogue.entry import Entry

HELP = """Explain an error ID such as ATT-014: what it means, why, and what to do.

Without an ID: list all of them.

\b
Examples:
  asterism explain CLU-001
  asterism explain -o wide
"""


@click.command(help=HELP)
@click.argument("error_id", metavar="[ID]", type=completion.ErrorId(), required=False)
@options.output()
@options.manners
def command(error_id: str | None) -> None:
    """Explain one ID, or list them."""
    output.show(_list() if error_id is None else _one(_find(error_id)), options.settings())


def _one(entry: Entry) -> Result:
    prose = (
        f"{entry.error_id}: {entry.title}\n\n"
        f"cause: {entry.cause}\n"
        f"hint:  {entry.hint}\n"
        f"exit code: {int(entry.exit_code)} ({entry.exit_code.meaning})"
    )
    return Result("Explanation", _document(entry), prose=prose, names=[entry.error_id])


def _list() -> Result:
    found = entries().values()
    return Result(
        "ExplanationList",
        {"items": [_document(entry) for entry in found]},
        rows=[(entry.error_id, str(int(entry.exit_code)), entry.title) for entry in found],
        header=("ID", "EXIT", "TITLE"),
        wide=[(entry.cause, entry.hint) for entry in found],
        wide_header=("CAUSE", "HINT"),
        names=[entry.error_id for entry in found],
    )


def _document(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.error_id,
        "title": entry.title,
        "cause": entry.cause,
        "hint": entry.hint,
        "exitCode": int(entry.exit_code),
    }


def _find(error_id: str) -> Entry:
    wanted = error_id.upper()
    found = entries().get(wanted)
    if found is None:
        near = get_close_matches(wanted, entries(), n=3, cutoff=0.5)
        advice = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UserError("CFG-009", f"{error_id}{advice}")
    return found
