"""`asterism explain ID`."""

import click
from click.shell_completion import CompletionItem

from asterism.cli import options
from asterism.cli.render import output
from asterism.errors.catalogue import entries


class ErrorId(click.ParamType[str]):
    """A stable error ID, completed from the catalogue."""

    name = "id"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """The ID in its own spelling; a usage error names the nearest one."""
        from difflib import get_close_matches

        wanted = value.upper()
        if wanted in entries():
            return wanted
        near = get_close_matches(wanted, entries(), n=1, cutoff=0.5)
        self.fail(f"unknown error ID {value}" + (f"; did you mean {near[0]}?" if near else ""))

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
    entry = entries()[error_id]
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
