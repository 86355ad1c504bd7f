"""`asterism completion SHELL`."""

import click

from asterism.cli import options

HELP = """Print a completion script for a shell.

\b
  bash:  source <(asterism completion bash)
  zsh:   source <(asterism completion zsh)        after compinit
  fish:  asterism completion fish | source

Commands, options, names of clusters and machines, IDs of images and errors, and settings are
completed. `make cluster` installs the scripts where shells look for them.
"""


@click.command(help=HELP)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@options.manners
def command(shell: str) -> None:
    """Print the script."""
    from asterism.cli import shells
    from asterism.cli.main import cli

    click.echo(shells.script(shell, cli), nl=False)
