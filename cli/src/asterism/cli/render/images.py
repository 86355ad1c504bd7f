"""Node images as documents."""

from asterism.measurement.manifest import ImageManifest


def document(manifest: ImageManifest, directory: str) -> dict[str, object]:
    """The image for programs."""
    return {
        "id": manifest.image_id,
        "directory": directory,
        "versions": dict(manifest.versions),
        "labels": list(manifest.labels),
        "values": manifest.reference_values.to_plain(),
    }
