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
    make the table; `names` is one name a line.
    """

    kind: str
    fields: Document
    rows: Sequence[Sequence[str]] = ()
    header: Sequence[str] = ()
    prose: str = ""
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
            _lines(result.prose)
            _lines(text.columns(result.rows, result.header) if result.rows else "")


def _lines(shown: str) -> None:
    if shown:
        click.echo(shown)


def _yaml(document: Document) -> str:
    import yaml

    return yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False)
