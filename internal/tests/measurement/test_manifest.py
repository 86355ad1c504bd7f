"""The image manifest has one form, and nothing else is read."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from asterism.measurement.manifest import ImageManifest, ManifestError, ReferenceValues

VALUES = ReferenceValues(
    pcrs={pcr: bytes([pcr]) * 32 for pcr in (4, 9, 11)},
    snp_measurements={2: b"m" * 48, 10: b"n" * 48},
)
MANIFEST = ImageManifest(
    versions={"kubernetes": "v1.37.2"},
    files={"uki.efi": "0a" * 32, "root.erofs": "0b" * 32},
    reference_values=VALUES,
    labels=("unlocked",),
)


def test_manifest_survives_its_json() -> None:
    """What was written is read."""
    assert ImageManifest.from_json(MANIFEST.to_json()) == MANIFEST


def test_id_is_a_digest_of_the_bytes() -> None:
    """The ID depends on every field, and not on the order they were given in."""
    files = dict(sorted(MANIFEST.files.items(), reverse=True))
    same = ImageManifest(MANIFEST.versions, files, VALUES, MANIFEST.labels)
    other = ImageManifest(MANIFEST.versions, files, VALUES, ())
    assert MANIFEST.image_id == hashlib.sha256(MANIFEST.to_json()).hexdigest()[:16]
    assert MANIFEST.image_id == same.image_id != other.image_id


Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, Change] = {
    "a missing field": lambda m: m.pop("labels"),
    "an unknown field": lambda m: m.update(extra=1),
    "another version": lambda m: m.update(version=2),
    "files that are no digests": lambda m: m["files"].update({"uki.efi": "00"}),
    "no files": lambda m: m.update(files={}),
    "labels that are no list": lambda m: m.update(labels="unlocked"),
    "a label that is no text": lambda m: m.update(labels=[1]),
    "a register missing": lambda m: m["reference_values"]["pcrs"].pop("9"),
    "a register too many": lambda m: m["reference_values"]["pcrs"].update({"8": "00" * 32}),
    "a register that is no number": lambda m: m["reference_values"]["pcrs"].update(x="00" * 32),
    "a number in another form": lambda m: m["reference_values"]["snp_measurements"].update(
        {"02": "00" * 48}
    ),
    "a short register": lambda m: m["reference_values"]["pcrs"].update({"4": "00"}),
    "a short measurement": lambda m: m["reference_values"]["snp_measurements"].update({"2": "00"}),
    "no measurement": lambda m: m["reference_values"].update(snp_measurements={}),
    "a value that is no hex": lambda m: m["reference_values"]["pcrs"].update({"4": "zz" * 32}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_other_forms_are_refused(change: Change) -> None:
    """Nothing is guessed or defaulted."""
    plain = json.loads(MANIFEST.to_json())
    change(plain)
    with pytest.raises(ManifestError):
        ImageManifest.from_json(json.dumps(plain).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b'{"version":1,"version":1}', b"\xff"])
def test_other_bytes_are_refused(data: bytes) -> None:
    """Neither is anything that is not one JSON object with each field once."""
    with pytest.raises(ManifestError):
        ImageManifest.from_json(data)
