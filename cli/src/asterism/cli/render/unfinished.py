"""The end of a `cluster create` that did not end well: what failed, what is left, what to do."""

import json

import click

from asterism.cli.options import Settings
from asterism.cli.render import failures, notes
from asterism.cli.translation import error_of
from asterism.cluster.aftermath import Aftermath, Fate


def show(failure: BaseException, aftermath: Aftermath | None, settings: Settings) -> None:
    """Write one line on standard error; with `-o json` the error also ends the event stream."""
    error = error_of(failure)
    if settings.output == "json":
        fields = {} if aftermath is None else document(aftermath)
        click.echo(json.dumps({"type": "error", **failures.document(error), **fields}))
    if aftermath is not None and aftermath.fate is not Fate.NOTHING_MADE:
        notes.say(line(error.error_id, aftermath), settings)


def document(aftermath: Aftermath) -> dict[str, object]:
    """The aftermath for programs."""
    found: dict[str, object] = {"step": aftermath.step, "fate": aftermath.fate.value}
    if aftermath.bundle is not None:
        found["bundle"] = str(aftermath.bundle)
    if aftermath.trouble:
        found["trouble"] = aftermath.trouble
    return found


def line(error_id: str, aftermath: Aftermath) -> str:
    """What failed, where the bundle is, and what to do next."""
    where = f" in `{aftermath.step}`" if aftermath.step else ""
    parts = [f"Cluster {aftermath.name} was not finished: {error_id}{where}."]
    if aftermath.bundle is not None:
        parts.append(f"Support bundle: {aftermath.bundle}.")
    if aftermath.trouble:
        parts.append(f"Not done: {aftermath.trouble}.")
    return " ".join([*parts, _next(aftermath)])


def _next(aftermath: Aftermath) -> str:
    name = aftermath.name
    if aftermath.fate is Fate.ROLLED_BACK:
        return (
            f"What this run made is deleted; repeat `asterism cluster create {name}`, with "
            "--retain to keep it next time."
        )
    return (
        f"What was made is kept: `asterism cluster create {name}` goes on, `asterism cluster "
        f"delete {name}` removes it."
    )
