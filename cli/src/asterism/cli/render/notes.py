"""What a command says beside its result: a line on standard error, for people or for programs."""

import json

import click

from asterism.cli.options import Settings


def say(message: str, settings: Settings) -> None:
    """Write `message`, unless quiet; one JSON object a line with `--log-format json`."""
    if settings.quiet:
        return
    if settings.log_format == "json":
        for line in message.splitlines():
            click.echo(json.dumps({"level": "info", "message": line}), err=True)
        return
    click.echo(message, err=True, color=settings.color)
