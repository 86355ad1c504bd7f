"""Asks before something is destroyed."""

import sys

import click

from asterism.errors import UserError


def confirm(question: str, *, yes: bool) -> None:
    """Return if the answer is yes or `yes` was given in advance.

    UserError USE-006 where nobody can be asked, USE-007 for any other answer.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UserError("USE-006", question)
    click.echo(f"{question} [y/N] ", nl=False, err=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UserError("USE-007", question)
