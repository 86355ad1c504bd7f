"""Bootstrap.Init over gRPC: the conversation with the owner, nothing else."""

from collections.abc import Iterator

import grpc
from typing_extensions import override

from asterism import clock
from asterism.atls.purpose import Purpose
from asterism.bootstrapper import certificates, rpc
from asterism.bootstrapper.init.cluster_objects import OWNERS_GROUP
from asterism.bootstrapper.init.founding import Founding
from asterism.bootstrapper.init.run import InitTask
from asterism.bootstrapper.node import Node
from asterism.bootstrapper.progress import Event
from asterism.errors import AttestationError, RemoteProtocolError
from asterism.keys.authority import requested_key
from asterism.keys.documents import SignedDocument
from asterism.proto.bootstrap.v1 import bootstrap_pb2_grpc
from asterism.proto.bootstrap.v1.bootstrap_pb2 import (
    GenesisSignature,
    InitParameters,
    InitRequest,
    InitResponse,
    InitResult,
    Progress,
)


class BootstrapServicer(bootstrap_pb2_grpc.BootstrapServicer):
    """Of a machine that may become the first control plane."""

    def __init__(self, node: Node, task: InitTask) -> None:
        self._node = node
        self._task = task

    @override
    @rpc.streaming
    def Init(
        self, requests: Iterator[InitRequest], context: grpc.ServicerContext
    ) -> Iterator[InitResponse]:
        claims = rpc.caller(context, Purpose.INIT)
        owner = rpc.require_owner(claims, self._node.machine.owners)
        parameters = self._parameters(requests)
        founding = self._task.found(tuple(parameters.api_names))
        yield InitResponse(genesis=founding.genesis.encode())
        document = self._signed(founding, _next(requests, "signature").signature)
        for event in self._task.go_on(founding, document).follow():
            yield InitResponse(progress=_progress(event))
        yield InitResponse(result=_result(founding, document, owner, parameters.owner_csr))

    def _parameters(self, requests: Iterator[InitRequest]) -> InitParameters:
        """The owner's parameters, refused before anything is made of them."""
        parameters = _next(requests, "parameters").parameters
        requested_key(parameters.owner_csr)
        policy = SignedDocument.decode(parameters.policy)
        expected = self._node.machine.initdata.policy
        if policy.digest != expected.digest:
            raise AttestationError.of(
                "JOI-207",
                claim="policy",
                expected=expected.digest.hex(),
                got=policy.digest.hex(),
                source="initdata",
            )
        return parameters

    def _signed(self, founding: Founding, answer: GenesisSignature) -> SignedDocument:
        owners = self._node.machine.owners
        return founding.accept(owners, answer.public_key, answer.signature)


def _next(requests: Iterator[InitRequest], step: str) -> InitRequest:
    """The owner's next message, which must be `step`; RemoteProtocolError JOI-204."""
    message = next(requests, None)
    got = "nothing" if message is None else message.WhichOneof("step")
    if message is None or got != step:
        raise RemoteProtocolError("JOI-204", f"expected {step}, got {got}")
    return message


def _progress(event: Event) -> Progress:
    return Progress(
        step=event.step, text=event.text, done=event.done, milliseconds=event.milliseconds
    )


def _result(founding: Founding, document: SignedDocument, owner: bytes, csr: bytes) -> InitResult:
    authorities = founding.authorities
    certificate = certificates.owner_user(authorities.user, csr, owner, OWNERS_GROUP, clock.now())
    return InitResult(
        genesis=document.encode(),
        cluster_ca=authorities.cluster.certificate_pem,
        owner_certificate=certificate,
    )
