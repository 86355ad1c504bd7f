"""`asterism explain ID`."""

from difflib import get_close_matches

import click
from click.shell_completion import CompletionItem
from typing_extensions import override

from asterism.cli import options
from asterism.cli.render import output
from asterism.errors import UserError
from asterism.errors.catalogue import entries
from asterism.errors.catalogue.entry import Entry


class ErrorId(click.ParamType[str]):
    """A stable error ID, completed from the catalogue."""

    name = "id"

    @override
    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """All IDs that begin so."""
        return [
            CompletionItem(name, help=entry.title)
            for name, entry in entries().items()
            if name.startswith(incomplete.upper())
        ]


@click.command(help="Explain an error ID such as ATT-014: what it means, why, and what to do.")
@click.argument("error_id", metavar="ID", type=ErrorId())
@options.output("table", "json", "yaml")
@options.manners
def command(error_id: str) -> None:
    """Explain one ID."""
    entry = _find(error_id)
    fields = {
        "id": entry.error_id,
        "title": entry.title,
        "cause": entry.cause,
        "hint": entry.hint,
        "exitCode": int(entry.exit_code),
    }
    prose = (
        f"{entry.error_id}: {entry.title}\n\n"
        f"cause: {entry.cause}\n"
        f"hint:  {entry.hint}\n"
        f"exit code: {int(entry.exit_code)} ({entry.exit_code.name.lower().replace('_', ' ')})"
    )
    output.show(output.Result("Explanation", fields, prose=prose), options.settings())


def _find(error_id: str) -> Entry:
    wanted = error_id.upper()
    found = entries().get(wanted)
    if found is None:
        near = get_close_matches(wanted, entries(), n=1, cutoff=0.5)
        advice = f"; did you mean {near[0]}?" if near else ""
        raise UserError("CFG-009", f"{error_id}{advice}")
    return found
