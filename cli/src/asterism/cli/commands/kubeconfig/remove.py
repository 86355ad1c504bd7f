"""`asterism kubeconfig remove`."""

from pathlib import Path

import click

from asterism.cli import options
from asterism.cli.render import notes


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
    settings = options.settings()
    for path in removed:
        notes.say(f"Removed the entries of {name} from {path}.", settings)
    if not removed:
        notes.say(f"No kubeconfig has entries of {name}.", settings)
