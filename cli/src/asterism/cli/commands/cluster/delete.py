"""`asterism cluster delete`."""

import sys

import click

from asterism.cli import options
from asterism.cli.render import steps

HELP = """Delete a cluster: machines, network, relay, state, pin and kubeconfig entries.

May be repeated, and works on half-made clusters. Asks first on a terminal; elsewhere --yes is
needed.
"""


@click.command(help=HELP)
@options.cluster_name()
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@options.manners
def command(name: str, yes: bool) -> None:
    """Delete a cluster."""
    from asterism.cluster import state
    from asterism.cluster.delete import delete
    from asterism.cluster.home import OwnerHome

    if name in state.names():
        _confirm(name, yes=yes)
    settings = options.settings()
    deleted = delete(name, OwnerHome.current(), steps.watcher(settings))
    if settings.quiet:
        return
    for path in deleted.kubeconfigs:
        click.echo(f"Removed the entries of {name} from {path}.", err=True)
    found = "is deleted" if deleted.existed else "did not exist"
    click.echo(f"Cluster {name} {found}.", err=True)


def _confirm(name: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"Without a terminal, deleting `{name}` needs --yes.")
    click.confirm(f"Delete cluster {name} and all its data?", abort=True, err=True)
