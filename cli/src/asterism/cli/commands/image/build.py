"""`asterism image build`."""

import click

from asterism.cli import options
from asterism.cli.render import output, steps

HELP = """Build the node image, or find that nothing changed, and sign its reference values.

The first build compiles Kubernetes and takes up to 20 minutes. The values are signed with this
computer's release key and with your owner key.
"""


@click.command(help=HELP)
@options.output()
@options.manners
def command() -> None:
    """Build the image."""
    from asterism.cli.render import images
    from asterism.cluster import image
    from asterism.cluster.home import OwnerHome

    settings = options.settings()
    built = image.build(steps.watcher(settings), OwnerHome.current())
    manifest = built.manifest()
    result = output.Result(
        "Image",
        images.document(manifest, str(built.directory)),
        prose=f"{manifest.image_id}  {built.directory}",
        names=[manifest.image_id],
    )
    output.show(result, settings)
