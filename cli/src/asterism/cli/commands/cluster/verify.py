"""`asterism cluster verify`."""

import click

from asterism.cli import options
from asterism.cli.render import output, steps

HELP = """Attest every machine anew and say what is proven, by what, and under which root.

Exit code 6 and the full reason if any machine is refused.
"""


@click.command(help=HELP)
@options.cluster_name()
@options.output("table", "json", "yaml", "name")
@options.manners
def command(name: str) -> None:
    """Verify a cluster."""
    from asterism.cluster import state

    settings = options.settings()
    record = state.load(name)
    from asterism.cli.render import verification
    from asterism.cluster import pin
    from asterism.cluster.home import OwnerHome
    from asterism.cluster.verify import verify

    pinned = pin.require(OwnerHome.current(), name)
    nodes = verify(record, pinned, steps.watcher(settings))
    output.show(verification.result(name, pinned, nodes), settings)
