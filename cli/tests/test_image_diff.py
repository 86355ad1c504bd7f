"""What differs between two images."""

from dataclasses import replace

from asterism.cluster.image import Image
from asterism.cluster.image_diff import differences
from asterism.measurement.manifest import ReferenceValues


def test_an_image_does_not_differ_from_itself(image: Image) -> None:
    """Nothing is listed."""
    assert differences(image.manifest(), image.manifest()) == []


def test_each_difference_is_named_with_both_sides(image: Image) -> None:
    """Changed, added and missing files, versions, labels and measured values."""
    old = image.manifest()
    values = old.reference_values
    new = replace(
        old,
        versions={"kubernetes": "v2"},
        files={"initrd": "00" * 32},
        reference_values=ReferenceValues({**values.pcrs, 4: bytes(32)}, values.snp_measurements),
        labels=("unlocked",),
    )
    found = {item.what: (item.old, item.new) for item in differences(old, new)}
    assert found["version of kubernetes"] == ("v1", "v2")
    assert found["labels"] == ("-", "unlocked")
    assert found["file root.erofs"] == (old.files["root.erofs"], "-")
    assert found["file initrd"] == ("-", "00" * 32)
    assert found["PCR 4"] == (values.pcrs[4].hex(), "00" * 32)
    assert len(found) == 5
