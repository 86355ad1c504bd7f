"""`asterism config validate FILE`."""

from pathlib import Path

import click

from asterism.cli import options
from asterism.cli.render import notes

HELP = """Check a configuration file (- for standard input) without using it.

\b
Examples:
  asterism config init > cluster.yaml
  asterism config validate cluster.yaml
"""


@click.command(help=HELP)
@click.argument("file", type=click.Path(path_type=Path, readable=False, allow_dash=True))
@options.manners
def command(file: Path) -> None:
    """Check one file."""
    from asterism.cluster import config_file
    from asterism.cluster.config import require_supported

    require_supported(config_file.load_argument(file, []))
    notes.say(f"{file} is valid.", options.settings())
