"""`asterism image diff OLD [NEW]`."""

from pathlib import Path

import click

from asterism.cli import completion, options
from asterism.cli.render import output, text

HELP = """Show what differs between two node images: versions, files and measured values.

OLD and NEW are IDs, directories, or `current`; NEW is `current` if it is not given. From the
manifests alone: whether an image's files are those of its manifest is said by `image measure`.

\b
Examples:
  asterism image diff 0123456789abcdef
  asterism image diff 0123456789abcdef fedcba9876543210 -o wide
"""
WIDTH = 20


@click.command(help=HELP)
@click.argument("old", type=completion.ImageId())
@click.argument("new", type=completion.ImageId(), default="current", required=False)
@options.output()
@options.manners
def command(old: str, new: str) -> None:
    """Compare two images."""
    from asterism.cluster import image, image_diff

    first, second = (image.find(_reference(name)).manifest() for name in (old, new))
    found = image_diff.differences(first, second)
    wide = options.settings().output == "wide"
    rows = [(item.what, _shown(item.old, wide=wide), _shown(item.new, wide=wide)) for item in found]
    result = output.Result(
        "ImageDiff",
        {
            "old": first.image_id,
            "new": second.image_id,
            "differences": [
                {"what": item.what, "old": item.old, "new": item.new} for item in found
            ],
        },
        rows=rows,
        header=("DIFFERS", first.image_id, second.image_id),
        prose="" if found else "The images are the same.",
        names=[item.what for item in found],
    )
    output.show(result, options.settings())


def _reference(name: str) -> str:
    return str(Path(name).resolve()) if "/" in name else name


def _shown(value: str, *, wide: bool) -> str:
    return value if wide else text.shortened(value, WIDTH)
