"""The manifest of a node image: its files, what they are made of, and what a boot of it measures.

The JSON form is deterministic, because the image's ID is the digest of the manifest.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from asterism.errors import Error
from asterism.measurement.snp_launch import launch_digest_of
from asterism.measurement.uki import Uki, predict_pcrs

VERSION: Final = 1
ID_LENGTH: Final = 16
REFERENCE_PCRS: Final = (4, 9, 11)
"""Registers that depend on the image alone."""
_PCR_SIZE: Final = 32
_SNP_SIZE: Final = 48
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_COUNT: Final = re.compile(r"[1-9][0-9]{0,3}")


class ManifestError(Error):
    """Bytes that are not an image manifest (MCH-112)."""

    def __init__(self, detail: str) -> None:
        super().__init__("MCH-112", f"image manifest: {detail}")


@dataclass(frozen=True, slots=True)
class ReferenceValues:
    """What evidence of this image must show: PCR 4, 9, 11, and MEASUREMENT by processor count."""

    pcrs: Mapping[int, bytes]
    snp_measurements: Mapping[int, bytes]

    def __post_init__(self) -> None:
        """Raise ManifestError MCH-112 when a register is missing or a value has a wrong size."""
        if set(self.pcrs) != set(REFERENCE_PCRS):
            raise ManifestError(f"registers {sorted(self.pcrs)} instead of {list(REFERENCE_PCRS)}")
        if not self.snp_measurements:
            raise ManifestError("it has no launch measurement")
        if any(len(value) != _PCR_SIZE for value in self.pcrs.values()):
            raise ManifestError("a register's value that is not 32 bytes")
        if any(len(value) != _SNP_SIZE for value in self.snp_measurements.values()):
            raise ManifestError("a launch measurement that is not 48 bytes")

    @classmethod
    def predict(cls, uki: Uki, firmware: bytes, vcpus: Iterable[int]) -> "ReferenceValues":
        """Compute them from the files alone, for each processor count in `vcpus`."""
        pcrs = predict_pcrs(uki)
        return cls(
            {pcr: pcrs[pcr] for pcr in REFERENCE_PCRS},
            {count: launch_digest_of(firmware, uki.file_digest, count) for count in vcpus},
        )

    def to_plain(self) -> dict[str, dict[str, str]]:
        """Give the JSON form: numbers and values as text, values in hex."""
        return {
            "pcrs": {str(pcr): value.hex() for pcr, value in sorted(self.pcrs.items())},
            "snp_measurements": {
                str(count): value.hex() for count, value in sorted(self.snp_measurements.items())
            },
        }

    @classmethod
    def from_plain(cls, plain: object) -> "ReferenceValues":
        """Read the JSON form. Raises ManifestError MCH-112."""
        values = _object(plain, "reference values", {"pcrs", "snp_measurements"})
        return cls(
            _bytes_by_number(values["pcrs"], "pcrs"),
            _bytes_by_number(values["snp_measurements"], "snp_measurements"),
        )


@dataclass(frozen=True, slots=True)
class ImageManifest:
    """One node image.

    `versions` names what it is made of, `files` gives the SHA-256 (hex) of each of its files, and
    `labels` says what a reader should know, such as `unlocked` or `kernel measured, not run`.
    """

    versions: Mapping[str, str]
    files: Mapping[str, str]
    reference_values: ReferenceValues
    labels: tuple[str, ...] = ()

    @property
    def image_id(self) -> str:
        """The first 16 hex digits of the manifest's SHA-256."""
        return hashlib.sha256(self.to_json()).hexdigest()[:ID_LENGTH]

    def to_json(self) -> bytes:
        """Give the bytes of `manifest.json`; the same manifest always gives the same bytes."""
        plain = {
            "version": VERSION,
            "versions": dict(self.versions),
            "files": dict(self.files),
            "reference_values": self.reference_values.to_plain(),
            "labels": list(self.labels),
        }
        return json.dumps(plain, indent=1, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> "ImageManifest":
        """Read `manifest.json`. Raises ManifestError MCH-112 for anything else."""
        fields = {"version", "versions", "files", "reference_values", "labels"}
        values = _object(_load(data), "top level", fields)
        if values["version"] != VERSION:
            raise ManifestError(f"version {values['version']!r}, not {VERSION}")
        files = _texts(values["files"], "files")
        if not files or not all(_SHA256.fullmatch(digest) for digest in files.values()):
            raise ManifestError("files without a SHA-256 in hex")
        manifest = cls(
            versions=_texts(values["versions"], "versions"),
            files=files,
            reference_values=ReferenceValues.from_plain(values["reference_values"]),
            labels=_labels(values["labels"]),
        )
        if manifest.to_json() != data:
            raise ManifestError("another form of the same manifest")
        return manifest


def _load(data: bytes) -> object:
    def refuse_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ManifestError("a field is there twice")
        return dict(pairs)

    try:
        plain: object = json.loads(data, object_pairs_hook=refuse_duplicates)
    except (ValueError, RecursionError) as exc:
        raise ManifestError(f"not JSON: {exc}") from exc
    return plain


def _object(plain: object, what: str, fields: set[str]) -> dict[str, object]:
    if not isinstance(plain, dict) or set(plain) != fields:
        raise ManifestError(f"{what}: not exactly the fields {', '.join(sorted(fields))}")
    return plain


def _texts(plain: object, what: str) -> dict[str, str]:
    if not isinstance(plain, dict) or not all(isinstance(text, str) for text in plain.values()):
        raise ManifestError(f"{what}: not an object of texts")
    return plain


def _labels(plain: object) -> tuple[str, ...]:
    if not isinstance(plain, list) or not all(isinstance(text, str) for text in plain):
        raise ManifestError("labels: not a list of texts")
    return tuple(plain)


def _bytes_by_number(plain: object, what: str) -> dict[int, bytes]:
    texts = _texts(plain, what)
    try:
        values = {int(number): bytes.fromhex(text) for number, text in texts.items()}
    except ValueError as exc:
        raise ManifestError(f"{what}: not numbers with values in hex") from exc
    if not all(_COUNT.fullmatch(number) for number in texts):
        raise ManifestError(f"{what}: a number that is not plain")
    return values
