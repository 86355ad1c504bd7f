"""`asterism kubeconfig remove`."""

from pathlib import Path

import click

from asterism.cli import options


@click.command(help="Remove the cluster's entries from your kubeconfig; the cluster stays.")
@options.cluster_name()
@click.option(
    "--kubeconfig",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A further kubeconfig to look into.",
)
@options.manners
def command(name: str, file: Path | None) -> None:
    """Remove entries."""
    from asterism.cluster import kubeconfig
    from asterism.cluster.home import OwnerHome

    removed = kubeconfig.remove(OwnerHome.current(), name, file)
    if options.settings().quiet:
        return
    for path in removed:
        click.echo(f"Removed the entries of {name} from {path}.", err=True)
    if not removed:
        click.echo(f"No kubeconfig has entries of {name}.", err=True)
