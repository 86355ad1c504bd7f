"""What a machine is made of, as its owner's side asked for it. Data and its JSON form only."""

import json
import re
from dataclasses import asdict, dataclass, field, fields
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Literal, cast, get_args

from asterism.config import network
from asterism.errors import UserError

Role = Literal["control-plane", "worker"]
Tee = Literal["snp"]

_TYPES: dict[str, tuple[type, ...]] = {
    "files": (dict,), "vcpus": (int,), "memory": (int, type(None)),
}  # fmt: skip
"""Of the members that are no texts."""

CLUSTER_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?")
FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
LEAST_MEMORY = 256
"""Mebibytes, below which not even an idle node boots."""
MACHINE_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """Names of the files a machine boots from, inside its image's directory."""

    uki: str = "uki.efi"
    root: str = "root.erofs"
    firmware: str = "firmware.fd"

    def __post_init__(self) -> None:
        """Raises UserError MCH-001 for names that lead out of the directory."""
        for name in (self.uki, self.root, self.firmware):
            _require(FILE_NAME.fullmatch(name) is not None, "file", name)


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """One machine: where it boots from, its place on the network, its emulated hardware.

    `role` is for the relay's routing only: what a node is comes from its owner-signed grant.
    """

    cluster: str
    machine: str
    role: Role
    image_dir: Path
    address: IPv4Address
    tee: Tee = "snp"
    vcpus: int = 2
    memory: int | None = None
    """Mebibytes; None is as much as its host has."""
    files: ImageFiles = field(default_factory=ImageFiles)

    def __post_init__(self) -> None:
        """Raises UserError MCH-001 for names, addresses or kinds that cannot be."""
        check_cluster_name(self.cluster)
        check_machine_name(self.machine)
        _require(self.role in get_args(Role), "role", self.role)
        _require(self.tee in get_args(Tee), "tee", self.tee)
        _require(1 <= self.vcpus <= 512, "vcpus", str(self.vcpus))
        _require(self.memory is None or self.memory >= LEAST_MEMORY, "memory", str(self.memory))
        _require(self.address in network.UNDERLAY, "address", str(self.address))
        _require(self.image_dir.is_absolute(), "image_dir", str(self.image_dir))

    def to_plain(self) -> dict[str, Any]:
        """The form that JSON can carry; `from_plain` reads it."""
        return asdict(self) | {"image_dir": str(self.image_dir), "address": str(self.address)}

    def to_json(self) -> str:
        """One JSON object, the form of `machine.json`."""
        return json.dumps(self.to_plain(), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> "MachineSpec":
        """Raises UserError MCH-001 for anything but exactly the fields of a specification."""
        try:
            return cls.from_plain(json.loads(text))
        except (ValueError, RecursionError) as exc:
            raise UserError("MCH-001", f"the specification is not JSON: {exc}") from exc

    @classmethod
    def from_plain(cls, plain: object) -> "MachineSpec":
        """The specification in parsed JSON. Raises UserError MCH-001."""
        values = _object(plain, cls, "specification")
        if "files" in values:
            values["files"] = ImageFiles(**_object(values["files"], ImageFiles, "files"))
        try:
            values["image_dir"] = Path(values["image_dir"])
            values["address"] = IPv4Address(values["address"])
            return cls(**values)
        except (KeyError, TypeError, ValueError) as exc:
            raise UserError("MCH-001", f"the specification is incomplete or wrong: {exc}") from exc


def check_cluster_name(name: str) -> None:
    """Raises UserError MCH-001 unless `name` can be a cluster's."""
    _require(CLUSTER_NAME.fullmatch(name) is not None, "cluster", name)


def check_machine_name(name: str) -> None:
    """Raises UserError MCH-001 unless `name` can be a machine's (and a host name)."""
    _require(MACHINE_NAME.fullmatch(name) is not None, "machine", name)


def _object(plain: object, kind: type[object], name: str) -> dict[str, Any]:
    if not isinstance(plain, dict):
        raise UserError("MCH-001", f"the {name} is not a JSON object")
    known = {item.name for item in fields(cast("Any", kind))}
    unknown = sorted(set(plain) - known)
    if unknown:
        raise UserError("MCH-001", f"the {name} has unknown fields: {', '.join(unknown)}")
    for member, value in plain.items():
        # JSON's true and 1.0 would pass for numbers.
        _require(type(value) in _TYPES.get(member, (str,)), member, repr(value)[:80])
    return dict(plain)


def _require(holds: bool, name: str, value: str) -> None:
    if not holds:
        raise UserError("MCH-001", f"{name} cannot be {value!r}")
