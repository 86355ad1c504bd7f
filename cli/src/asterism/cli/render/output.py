"""Results on standard output: a table for people, a versioned document for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import click

from asterism.cli.options import Settings
from asterism.cli.render import text

API_VERSION = "asterism.dev/v1alpha1"

Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Result:
    """One result in all the forms it can be asked for.

    `fields` go to JSON and YAML under the envelope of `kind`; `rows` and `header`, or `prose`,
    make the table, which `wide` and `wide_header` make wider; `names` is one name a line.
    """

    kind: str
    fields: Document
    rows: Sequence[Sequence[str]] = ()
    header: Sequence[str] = ()
    prose: str = ""
    wide_prose: str = ""
    """Instead of `prose`, where that leaves something out."""
    wide: Sequence[Sequence[str]] = ()
    """Further cells for each of `rows`."""
    wide_header: Sequence[str] = ()
    names: Sequence[str] = field(default=())

    @property
    def document(self) -> Document:
        """The versioned envelope."""
        return {"apiVersion": API_VERSION, "kind": self.kind, **self.fields}


def show(result: Result, settings: Settings) -> None:
    """Write `result` as the command line asked for it."""
    match settings.output:
        case "json":
            click.echo(json.dumps(result.document, indent=2))
        case "yaml":
            click.echo(_yaml(result.document), nl=False)
        case "name":
            _lines("\n".join(result.names))
        case "table":
            _table(result.prose, result.rows, result.header)
        case "wide":
            wide = result.wide or [()] * len(result.rows)
            rows = [(*row, *more) for row, more in zip(result.rows, wide, strict=True)]
            _table(result.wide_prose or result.prose, rows, (*result.header, *result.wide_header))


def _table(prose: str, rows: Sequence[Sequence[str]], header: Sequence[str]) -> None:
    _lines(prose)
    _lines(text.columns(rows, header) if rows else "")


def _lines(shown: str) -> None:
    if shown:
        click.echo(shown)


def _yaml(document: Document) -> str:
    import yaml

    return yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False)
