"""`asterism kubeconfig get`."""

import click

from asterism.cli import options

HELP = """Print a kubeconfig of the cluster with a fresh key and certificate.

The certificate comes from an attested session with the pinned cluster; the key is made here.
"""


@click.command(help=HELP)
@options.cluster_name()
@options.manners
def command(name: str) -> None:
    """Print a kubeconfig."""
    from asterism.cluster import kubeconfig, pin, state
    from asterism.cluster.home import OwnerHome
    from asterism.kube.kubeconfig import dump

    home = OwnerHome.current()
    record = state.load(name)
    entry = kubeconfig.issue(record, pin.require(home, name), home.owner_key())
    click.echo(dump(entry.document()), nl=False)
