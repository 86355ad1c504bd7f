"""`asterism image prune`."""

import click

from asterism.cli import options
from asterism.cli.confirmation import confirm
from asterism.cli.render import output

HELP = """Remove images that are neither current nor used by a cluster.

Asks first on a terminal; elsewhere --yes is needed.
"""


@click.command(help=HELP)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@options.output()
@options.manners
def command(yes: bool) -> None:
    """Remove unused images."""
    from asterism.cluster.privilege import require_root
    from asterism.images import store

    require_root()
    confirm("Remove all images that no cluster uses?", yes=yes)
    removed = store.prune()
    result = output.Result(
        "PrunedImages",
        {"images": removed},
        rows=[(image,) for image in removed],
        prose="" if removed else "Nothing to remove.",
        names=removed,
    )
    output.show(result, options.settings())
