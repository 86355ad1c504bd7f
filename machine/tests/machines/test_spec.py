"""What a machine specification accepts."""

import json
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from asterism.errors import UserError
from asterism.machine.spec import ImageFiles, MachineSpec


def test_survives_its_json_form(spec: MachineSpec) -> None:
    """What is written can be read, other file names of an image included."""
    other = replace(spec, files=ImageFiles(uki="other.efi"), vcpus=4)
    assert MachineSpec.from_json(other.to_json()) == other


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cluster", "../etc"),
        ("cluster", "a" * 31),
        ("machine", "Upper"),
        ("machine", ""),
        ("role", "king"),
        ("tee", "none"),
        ("vcpus", 0),
        ("address", "192.0.2.1"),
        ("address", "nonsense"),
        ("image_dir", "relative"),
    ],
)
def test_refuses_impossible_values(spec: MachineSpec, name: str, value: object) -> None:
    """Each wrong value is refused by the ID of the specification."""
    plain = spec.to_plain() | {name: value}
    with pytest.raises(UserError) as refused:
        MachineSpec.from_plain(plain)
    assert refused.value.error_id == "MCH-001"


@pytest.mark.parametrize("text", ["", "[]", '{"cluster": "c1"}', '{"surplus": 1}'])
def test_refuses_other_documents(text: str) -> None:
    """Text that is no complete specification is refused, not half-read."""
    with pytest.raises(UserError) as refused:
        MachineSpec.from_json(text)
    assert refused.value.error_id == "MCH-001"


def test_refuses_unknown_fields(spec: MachineSpec) -> None:
    """A field of a later version is not silently ignored."""
    text = json.dumps(spec.to_plain() | {"gpus": 1})
    with pytest.raises(UserError, match="gpus"):
        MachineSpec.from_json(text)


def test_names_files_inside_the_image(spec: MachineSpec) -> None:
    """The default names are those of a built image."""
    assert spec.files == ImageFiles("uki.efi", "root.erofs", "firmware.fd")
    assert isinstance(spec.image_dir, Path)
    assert isinstance(spec.address, IPv4Address)
