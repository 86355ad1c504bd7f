"""`asterism trust show`."""

import click

from asterism.cli import options
from asterism.cli.render import output


@click.command(help="Show your owner key and the makers whose hardware you trust.")
@options.output()
@options.manners
def command() -> None:
    """Show what is trusted."""
    from asterism.cli.render import anchors
    from asterism.cluster import reference_values, trust
    from asterism.cluster.home import OwnerHome

    home = OwnerHome.current()
    found = trust.recorded(home).all
    keys = reference_values.trusted_keys(home)
    owner = home.owner_key().public_hex if home.has_owner_key else ""
    result = output.Result(
        "Trust",
        {
            "owner": owner,
            "anchors": [anchors.document(anchor) for anchor in found],
            "releaseKeys": [key.hex() for key in keys],
        },
        rows=[*map(anchors.row, found), *map(anchors.release_row, keys)],
        names=[*(anchor.fingerprint for anchor in found), *(key.hex() for key in keys)],
        header=anchors.HEADER,
        prose=f"owner key: {owner or 'none yet (made by the first `cluster create`)'}\n",
    )
    output.show(result, options.settings())
