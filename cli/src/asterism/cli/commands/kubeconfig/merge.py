"""`asterism kubeconfig merge`."""

from pathlib import Path

import click

from asterism.cli import options
from asterism.cli.render import notes

HELP = """Merge the cluster into your kubeconfig, with a fresh key and certificate.

The file is the one that kubectl would write to: the first of $KUBECONFIG that exists, else its
last, else ~/.kube/config. Other entries stay as they are; what was changed is said.

\b
Examples:
  asterism kubeconfig merge test --no-switch
  asterism kubeconfig merge test --kubeconfig ./test.kubeconfig
"""


@click.command(help=HELP)
@options.cluster_name()
@click.option(
    "--kubeconfig",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Kubeconfig to merge into.",
)
@click.option("--no-switch", is_flag=True, help="Leave the current context alone.")
@options.manners
def command(name: str, file: Path | None, no_switch: bool) -> None:
    """Merge an entry."""
    from asterism.cluster import kubeconfig, pin, state
    from asterism.cluster.home import OwnerHome

    home = OwnerHome.current()
    record = state.load(name)
    entry = kubeconfig.issue(record, pin.require(home, name), home.owner_key())
    merged = kubeconfig.merge(home, entry, file, switch=not no_switch)
    settings = options.settings()
    notes.say(f"Merged context {merged.context} into {merged.path}.", settings)
    if merged.switched:
        notes.say(f"Switched the current context to {merged.context}.", settings)
