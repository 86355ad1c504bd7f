"""gRPC server of host/v1 on a unix socket. It answers; every answer is for the node to verify."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from typing_extensions import override

from asterism.errors import Error
from asterism.machine.processors.snp import SnpProcessor
from asterism.proto.host.v1 import host_pb2, host_pb2_grpc

THREADS = 4
SOCKET_MODE = 0o600
STOP_GRACE = 1.0


class HostService(host_pb2_grpc.HostServicer):
    """The three answers."""

    def __init__(self, *, initdata: bytes, event_log: bytes, processor: SnpProcessor) -> None:
        self._initdata = initdata
        self._event_log = event_log
        self._processor = processor

    @override
    def GetInitdata(
        self, request: host_pb2.GetInitdataRequest, context: grpc.ServicerContext
    ) -> host_pb2.GetInitdataResponse:
        """Give the document that the host made for this machine."""
        return host_pb2.GetInitdataResponse(initdata=self._initdata)

    @override
    def GetEventLog(
        self, request: host_pb2.GetEventLogRequest, context: grpc.ServicerContext
    ) -> host_pb2.GetEventLogResponse:
        """Give the firmware's event log."""
        return host_pb2.GetEventLogResponse(event_log=self._event_log)

    @override
    def GetSnpReport(
        self, request: host_pb2.GetSnpReportRequest, context: grpc.ServicerContext
    ) -> host_pb2.GetSnpReportResponse:
        """Give a report over the caller's 64 bytes."""
        try:
            answer = self._processor.report(request.report_data)
        except Error as exc:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(exc))
        return host_pb2.GetSnpReportResponse(
            report=answer.report, certificates=list(answer.certificates)
        )


class HostServer:
    """A running server; `stop` ends it and removes its socket."""

    def __init__(self, server: grpc.Server, socket: Path) -> None:
        self._server = server
        self.socket = socket

    def stop(self) -> None:
        """End it within a second."""
        self._server.stop(STOP_GRACE).wait()
        self.socket.unlink(missing_ok=True)


def serve(
    socket: Path, *, initdata: bytes, event_log: bytes, processor: SnpProcessor
) -> HostServer:
    """Listen on the unix socket `socket` (mode 0600) and answer until stopped."""
    socket.unlink(missing_ok=True)
    server = grpc.server(ThreadPoolExecutor(THREADS, thread_name_prefix="host"))
    service = HostService(initdata=initdata, event_log=event_log, processor=processor)
    host_pb2_grpc.add_HostServicer_to_server(service, server)  # type: ignore[no-untyped-call]
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    socket.chmod(SOCKET_MODE)
    return HostServer(server, socket)
