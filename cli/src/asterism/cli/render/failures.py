"""Errors on standard error: ID and fact first, then what differs, why, and what to do."""

import json
from collections.abc import Iterator

import click

from asterism.cli.options import Settings
from asterism.cli.render import text
from asterism.errors import AttestationError, Error, Mismatch


def show(error: Error, settings: Settings, failure: BaseException | None = None) -> None:
    """Write `error` for people, or as one JSON line with `--log-format json`.

    `failure` is what was raised, if that was something else; -vv shows where.
    """
    trace = _trace(failure or error) if settings.verbosity > 1 else ""
    if settings.log_format == "json":
        shown = {"level": "error", **document(error), **({"traceback": trace} if trace else {})}
        click.echo(json.dumps(shown), err=True)
        return
    click.echo(trace + "\n".join(_lines(error, settings)), err=True, color=settings.color)


def document(error: Error) -> dict[str, object]:
    """The error for programs."""
    found: dict[str, object] = {
        "error": error.error_id,
        "title": error.entry.title,
        "detail": error.detail,
        "hint": error.hint,
        "exitCode": int(error.exit_code),
    }
    if error.facts:
        found["facts"] = dict(error.facts)
    if isinstance(error, AttestationError):
        found["mismatches"] = [_mismatch(mismatch) for mismatch in error.mismatches]
    return found


def _lines(error: Error, settings: Settings) -> Iterator[str]:
    head = click.style(f"error[{error.error_id}]:", fg="red", bold=True)
    yield f"{head} {error.entry.title}: {error.detail}"
    if isinstance(error, AttestationError):
        for mismatch in error.mismatches:
            yield from _mismatch_lines(mismatch)
    for name, value in error.facts.items():
        yield from _fact_lines(name, value)
    yield f"cause: {error.entry.cause}"
    if settings.verbosity:
        yield from _chain(error)
    yield f"{click.style('hint:', fg='cyan')} {error.hint}"
    yield f"docs: asterism explain {error.error_id}"


def _trace(failure: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(failure))


def _mismatch(mismatch: Mismatch) -> dict[str, str]:
    return {
        "error": mismatch.error_id,
        "claim": mismatch.claim,
        "expected": mismatch.expected,
        "got": mismatch.got,
        "source": mismatch.source,
    }


def _mismatch_lines(mismatch: Mismatch) -> Iterator[str]:
    yield f"  {mismatch.claim} [{mismatch.error_id}]"
    yield f"    expected: {mismatch.expected}  (from {mismatch.source})"
    yield f"    got:      {mismatch.got}"


def _fact_lines(name: str, value: str) -> Iterator[str]:
    if "\n" in value:
        yield f"  {name}:"
        yield text.indent(value, 4)
    elif value:
        yield f"  {name}: {value}"


def _chain(error: BaseException) -> Iterator[str]:
    """What led to it, the nearest first."""
    cause = error.__cause__
    while cause is not None:
        yield f"  because: {type(cause).__name__}: {cause}"
        cause = cause.__cause__
