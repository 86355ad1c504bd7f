"""`asterism config init`."""

import click

from asterism.cli import options


@click.command(help="Print a complete configuration: every setting, its default and its meaning.")
@options.manners
def command() -> None:
    """Print the example."""
    from asterism.cluster import config_file

    click.echo(config_file.example(), nl=False)
