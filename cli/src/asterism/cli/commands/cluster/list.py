"""`asterism cluster list`."""

from dataclasses import asdict

import click

from asterism.cli import options
from asterism.cli.render import output


@click.command(help="List the clusters of this computer, from their records: nothing is proven.")
@options.output()
@options.manners
def command() -> None:
    """List clusters."""
    from asterism.cluster.listing import listing

    found = listing()
    rows = [
        (
            item.name,
            item.phase,
            f"{'?' if item.running is None else item.running}/{item.machines}",
            item.server or "-",
            item.created or "-",
            ",".join(item.labels) or "-",
        )
        for item in found
    ]
    result = output.Result(
        "ClusterList",
        {"items": [asdict(item) for item in found]},
        rows=rows,
        header=("NAME", "PHASE", "RUNNING", "SERVER", "CREATED", "LABELS"),
        prose="" if found else "No clusters.",
        wide=[(item.image or "-",) for item in found],
        wide_header=("IMAGE",),
        names=[item.name for item in found],
    )
    output.show(result, options.settings())
