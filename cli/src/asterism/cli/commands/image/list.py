"""`asterism image list`."""

import click

from asterism.cli import options
from asterism.cli.render import output


@click.command(help="List the node images of this computer, the newest first.")
@options.output()
@options.manners
def command() -> None:
    """List images."""
    from asterism.cli.render import images
    from asterism.images import store

    found = store.list_images()
    rows = [
        (
            item.image_id,
            "yes" if item.is_current else "-",
            f"{item.size / 2**20:.0f} MiB",
            item.manifest.versions.get("kubernetes", "-"),
            ", ".join(item.manifest.labels) or "-",
        )
        for item in found
    ]
    result = output.Result(
        "ImageList",
        {"items": [images.document(item.manifest, str(item.directory)) for item in found]},
        rows=rows,
        header=("ID", "CURRENT", "SIZE", "KUBERNETES", "LABELS"),
        prose="" if found else "No images; `sudo asterism image build` builds one.",
        wide=[(str(item.directory), item.manifest.files.get("root.erofs", "-")) for item in found],
        wide_header=("DIRECTORY", "ROOT SHA-256"),
        names=[item.image_id for item in found],
    )
    output.show(result, options.settings())
