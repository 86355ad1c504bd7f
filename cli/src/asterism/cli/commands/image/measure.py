"""`asterism image measure`."""

from pathlib import Path

import click

from asterism.cli import completion, options
from asterism.cli.render import output

HELP = """Compute what evidence of an image must show, from its files alone, without booting it.

IMAGE is an ID, a directory, or `current`.
"""


@click.command(help=HELP)
@click.argument(
    "reference", type=completion.ImageId(), metavar="[IMAGE]", default="current", required=False
)
@options.output()
@options.manners
def command(reference: str) -> None:
    """Measure an image."""
    from asterism.cluster import image
    from asterism.images.measure import measure

    found = image.find(str(Path(reference).resolve()) if "/" in reference else reference)
    manifest = found.manifest()
    values = measure(found.directory, vcpus=sorted(manifest.reference_values.snp_measurements))
    stated = values == manifest.reference_values
    rows = [(f"PCR {index}", value.hex()) for index, value in sorted(values.pcrs.items())]
    rows += [
        (f"SNP measurement, {count} vCPU", value.hex())
        for count, value in sorted(values.snp_measurements.items())
    ]
    rows.append(("manifest states the same", "yes" if stated else "NO"))
    result = output.Result(
        "ImageMeasurement",
        {"id": manifest.image_id, "values": values.to_plain(), "manifestAgrees": stated},
        rows=rows,
        prose=f"image {manifest.image_id}",
        names=[manifest.image_id],
    )
    output.show(result, options.settings())
