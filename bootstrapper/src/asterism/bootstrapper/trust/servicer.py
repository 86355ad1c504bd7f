"""Trust over gRPC: a thin shell around the service."""

from collections.abc import Callable, Iterator

import grpc
from typing_extensions import override

from asterism.atls.purpose import Purpose
from asterism.bootstrapper import rpc
from asterism.bootstrapper.trust.service import TrustService
from asterism.errors import AttestationError
from asterism.proto.trust.v1 import trust_pb2, trust_pb2_grpc

HEARTBEAT = 20.0
"""Seconds between two looks at whether a watcher is still there."""


class TrustServicer(trust_pb2_grpc.TrustServicer):
    """Serves as soon as there is a trust service, which is when the genesis is signed."""

    def __init__(self, service: Callable[[], TrustService | None]) -> None:
        self._find = service

    @override
    @rpc.unary
    def Join(
        self, request: trust_pb2.JoinRequest, context: grpc.ServicerContext
    ) -> trust_pb2.JoinResponse:
        claims = rpc.caller(context, Purpose.JOIN)
        return self._service().join(claims.node, request)

    @override
    @rpc.streaming
    def WatchPeers(
        self, request: trust_pb2.WatchPeersRequest, context: grpc.ServicerContext
    ) -> Iterator[trust_pb2.Peers]:
        claims = rpc.caller(context, Purpose.REJOIN)
        service = self._service()
        service.member_of(claims.node)
        seen = -1
        while context.is_active():
            version = service.watch(seen, HEARTBEAT)
            if version > seen:
                seen = version
                yield service.peers()

    def _service(self) -> TrustService:
        service = self._find()
        if service is None:
            raise AttestationError.of(
                "JOI-008",
                claim="trust service",
                expected="a control plane with a genesis",
                got="none",
                source="this node",
            )
        return service
