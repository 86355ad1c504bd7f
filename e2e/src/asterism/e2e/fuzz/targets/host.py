"""What the host's half keeps and passes between its own processes, and what nodes ask of it."""

import json
from contextlib import suppress
from functools import cache

from google.protobuf.message import DecodeError

from asterism.e2e.fuzz import scratch
from asterism.e2e.fuzz.target import Shape, Target
from asterism.errors import UserError
from asterism.machine import __main__ as command
from asterism.machine import wire
from asterism.machine.identity import ProcessId
from asterism.machine.processors import snp_report
from asterism.machine.processors.snp_report import GuestPolicy, ReportFields
from asterism.machine.processors.tcb import TcbVersion
from asterism.machine.relay.record import RelayRecord
from asterism.machine.spec import MachineSpec
from asterism.machine.store import MachineDir, MachineState
from asterism.proto.host.v1 import host_pb2

_WORDS = (b"1e999", b"NaN", b"../", b"\\u0000", b"worker", b"true", b"[[[[")
_PROCESS = ProcessId(4000000, 1, "11111111-2222-3333-4444-555555555555")
_LATIN = "latin-1"
_FIELDS = ReportFields(
    policy=GuestPolicy(),
    vmpl=0,
    measurement=bytes(48),
    host_data=bytes(32),
    report_id=bytes(32),
    chip_id=bytes(64),
    tcb=TcbVersion(1, 0, 1, 1),
)


def _spec(data: bytes) -> None:
    spec = MachineSpec.from_json(data)
    assert MachineSpec.from_json(spec.to_json()) == spec


def _state(data: bytes) -> None:
    machine = _directory()
    scratch.file(machine.state_file, data)
    machine.state()


def _relay(data: bytes) -> None:
    folder = scratch.folder("relay")
    scratch.file(folder / "relay.json", data)
    RelayRecord.read(folder)


def _verb(data: bytes) -> None:
    """A request for a verb that does nothing but read it."""
    code, answer = command.main(["no-such-verb"], data.decode(_LATIN))
    assert code == 1
    json.dumps(answer)


def _said(data: bytes) -> None:
    """The report of another process of the host's."""
    wire.decode_message(data, "MCH-015")


def _report_request(data: bytes) -> None:
    """What a node asks of the secure processor, up to the signature."""
    request = host_pb2.GetSnpReportRequest()
    with suppress(DecodeError):  # gRPC refuses it by itself
        request.ParseFromString(data)
        snp_report.encode(_FIELDS, request.report_data)


@cache
def _directory() -> MachineDir:
    path = scratch.folder("machines") / "local" / "machines" / "local-cp-1"
    path.mkdir(parents=True)
    return MachineDir(path)


def _specs() -> list[bytes]:
    plain = {
        "cluster": "local",
        "machine": "local-worker-1",
        "role": "worker",
        "image_dir": "/var/lib/asterism/images/0123456789abcdef",
        "address": "10.210.0.12",
        "vcpus": 2,
        "files": {"uki": "uki.efi"},
    }
    return [MachineSpec.from_plain(plain).to_json().encode(), json.dumps(plain).encode()]


def _states() -> list[bytes]:
    running = MachineState("running", _PROCESS, _PROCESS, ("asterism/local.local-cp-1",), 900)
    return [running.to_json().encode(), MachineState("failed", error="MCH-005").to_json().encode()]


def _records() -> list[bytes]:
    folder = scratch.folder("relay-written")
    RelayRecord(4711, _PROCESS).write(folder)
    return [(folder / "relay.json").read_bytes()]


def _messages() -> list[bytes]:
    error = {"error": wire.encode_error(UserError("MCH-001", "no", name="x"))}
    answer = {"machine": "a", "answer": {"ready_ms": 1}, "times": {"began": 1.5, "ended": 2.5}}
    return [json.dumps(plain).encode() for plain in (error, answer, {"pid": 1, "ready_ms": 2})]


def _requests() -> list[bytes]:
    request = host_pb2.GetSnpReportRequest(report_data=bytes(range(64)))
    return [request.SerializeToString(deterministic=True)]


TARGETS = (
    Target("report-request", _report_request, _requests, Shape.PROTOBUF, (), maximum=256),
    Target(
        "machine-spec",
        _spec,
        _specs,
        Shape.JSON,
        (
            "asterism.machine.spec.MachineSpec.from_json",
            "asterism.machine.spec.MachineSpec.from_plain",
        ),
        _WORDS,
        maximum=1024,
    ),
    Target(
        "machine-state",
        _state,
        _states,
        Shape.JSON,
        ("asterism.machine.store.MachineState.from_json",),
        _WORDS,
        maximum=1024,
    ),
    Target(
        "relay-record",
        _relay,
        _records,
        Shape.JSON,
        ("asterism.machine.relay.record.RelayRecord.read",),
        _WORDS,
        maximum=512,
    ),
    Target(
        "machine-verb",
        _verb,
        lambda: [json.dumps({"cluster": "local", "machine": "local-cp-1"}).encode()],
        Shape.JSON,
        (),
        _WORDS,
        maximum=1024,
    ),
    Target(
        "process-message",
        _said,
        _messages,
        Shape.JSON,
        ("asterism.machine.wire.decode_error", "asterism.machine.wire.decode_message"),
        _WORDS,
        maximum=1024,
    ),
)
