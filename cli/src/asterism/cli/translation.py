"""Whatever ends a command, as an error of the catalogue: nothing reaches the user without an ID."""

from difflib import get_close_matches

import click
from click.exceptions import MissingParameter, NoSuchCommand, NoSuchOption

from asterism.errors import Error, InternalError, UserError, from_os


def error_of(failure: BaseException) -> Error:
    """`failure` itself if it has an ID, else the error that says the same."""
    match failure:
        case Error():
            return failure
        case click.ClickException():
            return _of_click(failure)
        case KeyboardInterrupt():
            return UserError("USE-008", "before it was done")
        case click.Abort():
            return _of_abort(failure)
        case OSError():
            return from_os(failure)
    return InternalError("INT-001", f"{type(failure).__name__}: {failure}")


def _of_abort(failure: click.Abort) -> Error:
    """Click puts Ctrl-C and any EOFError into one exception."""
    cause = failure.__cause__
    return UserError("USE-008", "before it was done") if cause is None else error_of(cause)


def _of_click(failure: click.ClickException) -> Error:
    error_id, detail = _said(failure)
    context = failure.ctx if isinstance(failure, click.UsageError) else None
    facts = {} if context is None else {"usage": _usage(context)}
    return UserError(error_id, detail, **facts)


def _said(failure: click.ClickException) -> tuple[str, str]:
    """ID and detail. Click's sentences end with a full stop; ours do not."""
    match failure:
        case NoSuchCommand():
            return "USE-001", _named(failure.command_name, _siblings(failure))
        case NoSuchOption():
            return "USE-002", _named(failure.option_name, failure.possibilities)
        case MissingParameter():
            return "USE-003", _sentence(failure)
        case click.BadParameter():
            return "USE-004", _sentence(failure)
    return "USE-005", _sentence(failure)


def _sentence(failure: click.ClickException) -> str:
    message = failure.format_message().rstrip(".")
    return message[:1].lower() + message[1:]


def _siblings(failure: NoSuchCommand) -> list[str]:
    """Commands with nearly that name. Click does not see them, for they are not loaded."""
    context = failure.ctx
    if context is None or not isinstance(context.command, click.Group):
        return []
    return get_close_matches(failure.command_name, context.command.list_commands(context))


def _named(name: str, near: list[str] | None) -> str:
    advice = f"; did you mean {' or '.join(f'`{item}`' for item in near)}?" if near else ""
    return f"`{name}`{advice}"


def _usage(context: click.Context) -> str:
    """The line that click would print, on one line."""
    usage = context.command.get_usage(context).removeprefix("Usage:")
    return " ".join(usage.split())
