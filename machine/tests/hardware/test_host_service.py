"""The host socket answers what it was given, and signs only 64 bytes."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from asterism.machine.host_service import serve
from asterism.machine.processors.snp import SnpProcessor
from asterism.proto.host.v1 import host_pb2, host_pb2_grpc


@pytest.fixture
def stub(tmp_path: Path, processor: SnpProcessor) -> Iterator[host_pb2_grpc.HostStub]:
    """A client of a running server."""
    socket = tmp_path / "host.sock"
    server = serve(socket, initdata=b"initdata", event_log=b"log", processor=processor)
    with grpc.insecure_channel(f"unix:{socket}") as channel:
        yield host_pb2_grpc.HostStub(channel)  # type: ignore[no-untyped-call]
    server.stop()
    assert not socket.exists()


def test_documents_are_given_byte_for_byte(stub: host_pb2_grpc.HostStub) -> None:
    """Initdata and event log are not looked into."""
    assert stub.GetInitdata(host_pb2.GetInitdataRequest()).initdata == b"initdata"
    assert stub.GetEventLog(host_pb2.GetEventLogRequest()).event_log == b"log"


def test_report_comes_with_its_chain(stub: host_pb2_grpc.HostStub) -> None:
    """VCEK, ASK and ARK, and the caller's data in the report."""
    answer = stub.GetSnpReport(host_pb2.GetSnpReportRequest(report_data=b"d" * 64))
    assert answer.report[0x50:0x90] == b"d" * 64
    assert len(answer.certificates) == 3


def test_other_sizes_are_refused_with_the_id(stub: host_pb2_grpc.HostStub) -> None:
    """The caller learns what was wrong."""
    with pytest.raises(grpc.RpcError) as caught:
        stub.GetSnpReport(host_pb2.GetSnpReportRequest(report_data=b"short"))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "MCH-121" in caught.value.details()


def test_socket_is_private(tmp_path: Path, processor: SnpProcessor) -> None:
    """Only its owner may ask."""
    socket = tmp_path / "host.sock"
    server = serve(socket, initdata=b"", event_log=b"", processor=processor)
    assert socket.stat().st_mode & 0o777 == 0o600
    server.stop()
