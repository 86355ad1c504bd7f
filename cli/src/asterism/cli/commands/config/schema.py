"""`asterism config schema`."""

import json

import click

from asterism.cli import options


@click.command(help="Print the JSON schema of configuration files, for editors and checkers.")
@options.manners
def command() -> None:
    """Print the schema."""
    from asterism.cluster import config_file

    click.echo(json.dumps(config_file.schema(), indent=2))
