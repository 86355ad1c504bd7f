"""Verify and Admin over gRPC."""

from collections.abc import Iterator

import grpc
from typing_extensions import override

from asterism import clock
from asterism.atls.purpose import Purpose
from asterism.bootstrapper import certificates, rpc
from asterism.bootstrapper.admin import image_load
from asterism.bootstrapper.admin.status import status
from asterism.bootstrapper.init.cluster_objects import OWNERS_GROUP
from asterism.bootstrapper.init.resume import signed_founding
from asterism.bootstrapper.node import Node
from asterism.config import versions
from asterism.errors import AttestationError
from asterism.proto.admin.v1 import admin_pb2, admin_pb2_grpc


class VerifyServicer(admin_pb2_grpc.VerifyServicer):
    """Anybody may ask; the answer holds no secret."""

    def __init__(self, node: Node) -> None:
        self._node = node

    @override
    @rpc.unary
    def Describe(
        self, request: admin_pb2.DescribeRequest, context: grpc.ServicerContext
    ) -> admin_pb2.DescribeResponse:
        rpc.caller(context, Purpose.VERIFY, Purpose.ADMIN)
        membership, grant = self._node.membership, self._node.machine.grant
        return admin_pb2.DescribeResponse(
            genesis=membership.genesis.encode() if membership else b"",
            node=grant.slot,
            role=grant.role.value,
            version=versions.KUBERNETES,
        )


class AdminServicer(admin_pb2_grpc.AdminServicer):
    """For the owner only."""

    def __init__(self, node: Node) -> None:
        self._node = node

    @override
    @rpc.unary
    def IssueUserCertificate(
        self, request: admin_pb2.IssueUserCertificateRequest, context: grpc.ServicerContext
    ) -> admin_pb2.IssueUserCertificateResponse:
        owner = self._owner(context)
        self._require_control_plane()
        authorities = signed_founding(self._node).authorities
        certificate = certificates.owner_user(
            authorities.user, request.csr, owner, OWNERS_GROUP, clock.now()
        )
        return admin_pb2.IssueUserCertificateResponse(
            certificate=certificate, cluster_ca=authorities.cluster.certificate_pem
        )

    @override
    @rpc.unary
    def Status(
        self, request: admin_pb2.StatusRequest, context: grpc.ServicerContext
    ) -> admin_pb2.StatusResponse:
        self._owner(context)
        self._require_control_plane()
        trust = self._node.trust
        return status(trust.members if trust else (), self._node.api)

    @override
    @rpc.unary
    def LoadImage(
        self, request: Iterator[admin_pb2.LoadImageRequest], context: grpc.ServicerContext
    ) -> admin_pb2.LoadImageResponse:
        self._owner(context)
        images = image_load.load(message.chunk for message in request)
        return admin_pb2.LoadImageResponse(images=images)

    def _owner(self, context: grpc.ServicerContext) -> bytes:
        return rpc.require_owner(rpc.caller(context, Purpose.ADMIN), self._node.machine.owners)

    def _require_control_plane(self) -> None:
        if self._node.trust is None:
            raise AttestationError.of(
                "JOI-008",
                claim="node",
                expected="a control plane",
                got=self._node.machine.grant.role.value,
                source="grant",
            )
