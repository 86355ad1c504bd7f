"""Evidence of one verification as a file, so that it can be verified once more without the cluster.

JSON lines, each canonical: a head that names the cluster, then one line for each machine. Nothing
in it is believed: the expectations come from the owner's pin. The file says when the evidence was
shown and which binder it was made for; both are its own word, so it proves a past session only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from google.protobuf.message import DecodeError

from asterism.attestation.binding import BINDING_SIZE, Binding
from asterism.errors import AttestationError, UserError
from asterism.keys import canonical
from asterism.keys.fields import Fields
from asterism.proto.evidence.v1.evidence_pb2 import Evidence

API_VERSION = "asterism.dev/v1alpha1"
KIND = "ClusterEvidence"
ID_SIZE = 32
AK_NAME_SIZE = 34

_HEAD = ("apiVersion", "kind", "cluster", "id")
_MACHINE = ("machine", "at", "binding", "akName", "evidence")


@dataclass(frozen=True, slots=True)
class MachineEvidence:
    """What one machine has shown in one session."""

    machine: str
    at: datetime
    """When it was verified: UTC, whole seconds."""
    binding: Binding
    """The binder of that session."""
    ak_name: bytes
    """TPM name of the attestation key, 34 bytes, as the session's hello announced it."""
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class SavedEvidence:
    """What the machines of one cluster have shown."""

    cluster: str
    cluster_id: bytes
    machines: tuple[MachineEvidence, ...]

    def encode(self) -> bytes:
        """The file."""
        head: canonical.JsonObject = {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "cluster": self.cluster,
            "id": self.cluster_id.hex(),
        }
        lines = [head, *map(_machine_line, self.machines)]
        return b"".join(canonical.encode(line) + b"\n" for line in lines)

    @classmethod
    def decode(cls, data: bytes, name: str) -> "SavedEvidence":
        """What `encode` gives; UserError FIL-006 for anything else, with `name` of the file."""
        try:
            return _decode(data.splitlines())
        except (AttestationError, DecodeError, ValueError) as exc:
            detail = f"{name} is not evidence saved by `cluster verify --save`"
            raise UserError("FIL-006", detail, reason=str(exc)) from exc

    @classmethod
    def read(cls, file: Path) -> "SavedEvidence":
        """The content of `file`; OSError, or FIL-006."""
        return cls.decode(file.read_bytes(), str(file))


def _machine_line(shown: MachineEvidence) -> canonical.JsonObject:
    return {
        "machine": shown.machine,
        "at": f"{shown.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "binding": shown.binding.value.hex(),
        "akName": shown.ak_name.hex(),
        "evidence": shown.evidence.SerializeToString().hex(),
    }


def _decode(lines: Sequence[bytes]) -> SavedEvidence:
    if not lines:
        msg = "it is empty"
        raise ValueError(msg)
    head = Fields(canonical.decode(lines[0]), "head", _HEAD)
    head.choice("apiVersion", [API_VERSION])
    head.choice("kind", [KIND])
    machines = tuple(_machines(lines[1:]))
    return SavedEvidence(head.text("cluster"), head.octets("id", ID_SIZE), machines)


def _machines(lines: Sequence[bytes]) -> Iterator[MachineEvidence]:
    for number, line in enumerate(lines, 2):
        fields = Fields(canonical.decode(line), f"line {number}", _MACHINE)
        yield MachineEvidence(
            machine=fields.text("machine"),
            at=_time(fields.text("at")),
            binding=Binding(fields.octets("binding", BINDING_SIZE)),
            ak_name=fields.octets("akName", AK_NAME_SIZE),
            evidence=Evidence.FromString(bytes.fromhex(fields.text("evidence"))),
        )


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
