"""What makes two node images different, by their manifests: each file, each measured value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from asterism.measurement.manifest import ImageManifest

ABSENT = "-"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same in both."""

    what: str
    old: str
    new: str


def differences(old: ImageManifest, new: ImageManifest) -> list[Difference]:
    """All of them: versions, labels, files, registers and launch measurements, in this order."""
    first, second = _facts(old), _facts(new)
    return [
        Difference(what, first.get(what, ABSENT), second.get(what, ABSENT))
        for what in [*first, *(name for name in second if name not in first)]
        if first.get(what) != second.get(what)
    ]


def _facts(manifest: ImageManifest) -> Mapping[str, str]:
    return dict(_of(manifest))


def _of(manifest: ImageManifest) -> Iterator[tuple[str, str]]:
    values = manifest.reference_values
    yield from ((f"version of {name}", version) for name, version in manifest.versions.items())
    yield "labels", ", ".join(manifest.labels) or ABSENT
    yield from ((f"file {name}", digest) for name, digest in manifest.files.items())
    yield from ((f"PCR {index}", value.hex()) for index, value in sorted(values.pcrs.items()))
    for count, value in sorted(values.snp_measurements.items()):
        yield f"SNP measurement, {count} vCPU", value.hex()
