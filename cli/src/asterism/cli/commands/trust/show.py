"""`asterism trust show`."""

import click

from asterism.cli import options
from asterism.cli.render import anchors, output
from asterism.cluster.home import OwnerHome


@click.command(help="Show your owner key and the makers whose hardware you trust.")
@options.output("table", "json", "yaml")
@options.manners
def command() -> None:
    """Show what is trusted."""
    from asterism.cluster import trust

    home = OwnerHome.current()
    found = trust.recorded(home).all
    owner = home.owner_key().public_hex if home.has_owner_key else ""
    result = output.Result(
        "Trust",
        {"owner": owner, "anchors": [anchors.document(anchor) for anchor in found]},
        rows=[anchors.row(anchor) for anchor in found],
        header=anchors.HEADER,
        prose=f"owner key: {owner or 'none yet (made by the first `cluster create`)'}\n",
    )
    output.show(result, options.settings())
