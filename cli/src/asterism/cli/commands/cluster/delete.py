"""`asterism cluster delete`."""

import click

from asterism.cli import options
from asterism.cli.confirmation import confirm
from asterism.cli.render import notes, steps

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
        confirm(f"Delete cluster {name} and all its data?", yes=yes)
    settings = options.settings()
    deleted = delete(name, OwnerHome.current(), steps.watcher(settings))
    for path in deleted.kubeconfigs:
        notes.say(f"Removed the entries of {name} from {path}.", settings)
    found = "is deleted" if deleted.existed else "did not exist"
    notes.say(f"Cluster {name} {found}.", settings)
