"""`asterism image prune`."""

import click

from asterism.cli import options
from asterism.cli.render import output


@click.command(help="Remove images that are neither current nor used by a cluster.")
@options.output("table", "json", "yaml", "name")
@options.manners
def command() -> None:
    """Remove unused images."""
    from asterism.cluster.privilege import require_root
    from asterism.images import store

    require_root()
    removed = store.prune()
    result = output.Result(
        "PrunedImages",
        {"images": removed},
        rows=[(image,) for image in removed],
        prose="" if removed else "Nothing to remove.",
        names=removed,
    )
    output.show(result, options.settings())
