"""What the node asks of its untrusted host. Every answer is input: verified later, or measured."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from asterism.config import paths
from asterism.errors import ProvisionError
from asterism.proto.host.v1 import host_pb2, host_pb2_grpc

TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class SnpReport:
    """ATTESTATION_REPORT (1184 bytes) and the certificates the host keeps with it (DER)."""

    report: bytes
    certificates: tuple[bytes, ...]


class Host:
    """The host's socket. Answers can be missing or wrong; nothing here believes them.

    Every method raises ProvisionError INT-002 when the host does not answer.
    """

    def __init__(self, socket: Path = paths.NODE_HOST_SOCKET) -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]
        self._channel = grpc.insecure_channel(f"unix:{socket}", options=options)
        self._stub = host_pb2_grpc.HostStub(self._channel)  # type: ignore[no-untyped-call]

    def initdata(self) -> bytes:
        """The host's document for this machine."""
        answer = self._call("GetInitdata", host_pb2.GetInitdataRequest())
        return bytes(answer.initdata)

    def event_log(self) -> bytes:
        """The firmware's event log (TCG crypto-agile format)."""
        answer = self._call("GetEventLog", host_pb2.GetEventLogRequest())
        return bytes(answer.event_log)

    def snp_report(self, report_data: bytes) -> SnpReport:
        """A report by the secure processor over 64 bytes of `report_data`."""
        request = host_pb2.GetSnpReportRequest(report_data=report_data)
        answer = self._call("GetSnpReport", request)
        return SnpReport(bytes(answer.report), tuple(answer.certificates))

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def _call(self, method: str, request: object) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=TIMEOUT, wait_for_ready=True)
        except grpc.RpcError as exc:
            raise ProvisionError("INT-002", f"host socket, {method}: {exc.details()}") from exc
