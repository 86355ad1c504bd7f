"""`asterism image load ARCHIVE`."""

from pathlib import Path

import click

from asterism.cli import options
from asterism.cli.render import output, steps

HELP = """Load a container image archive (docker save or OCI layout) into all nodes of a cluster.

Every node is attested first; the archive travels inside the attested sessions.

\b
Examples:
  podman save --format oci-archive -o app.tar example.org/app:1
  asterism image load app.tar --cluster test
"""


@click.command(help=HELP)
@click.argument("archive", type=options.FILE)
@click.option(
    "--cluster",
    "name",
    type=options.ClusterName(),
    default="local",
    show_default=True,
    help="The cluster to load into.",
)
@options.output()
@options.manners
def command(archive: Path, name: str) -> None:
    """Load an archive."""
    from asterism.cluster import load, pin, state
    from asterism.cluster.home import OwnerHome

    settings = options.settings()
    home = OwnerHome.current()
    record = state.load(name)
    found = load.load(
        record, pin.require(home, name), home.owner_key(), archive, steps.watcher(settings)
    )
    images = sorted({image for loaded in found.values() for image in loaded})
    result = output.Result(
        "LoadedImages",
        {"cluster": name, "images": images, "nodes": sorted(found)},
        rows=[(image,) for image in images],
        names=images,
    )
    output.show(result, settings)
