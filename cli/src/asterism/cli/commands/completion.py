"""`asterism completion SHELL`."""

import click
from click.shell_completion import get_completion_class

from asterism.cli import options
from asterism.cli.main import cli


@click.command(
    help="Print a completion script. For bash: `source <(asterism completion bash)`.",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@options.manners
def command(shell: str) -> None:
    """Print the script."""
    completion = get_completion_class(shell)
    if completion is None:
        msg = f"click does not know {shell}"
        raise LookupError(msg)
    click.echo(completion(cli, {}, "asterism", "_ASTERISM_COMPLETE").source())
