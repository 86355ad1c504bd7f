"""The node's side of Trust: one join, and following the members afterwards."""

from collections.abc import Iterator

import grpc

from asterism.atls import session
from asterism.atls.grpc_bridge import channel
from asterism.atls.purpose import Purpose
from asterism.bootstrapper.assignment import Peer
from asterism.bootstrapper.join.check import Joined, Keys, checked, require_control_plane
from asterism.bootstrapper.node import Node
from asterism.config import network
from asterism.errors import AttestationError, PeerRefusedError, ProvisionError
from asterism.errors.catalogue import entries
from asterism.proto.trust.v1 import trust_pb2, trust_pb2_grpc

DIAL_TIMEOUT = 15.0
CALL_TIMEOUT = 30.0


def join(node: Node, address: session.Address) -> Joined:
    """One attempt at one control plane; raises what refused it, on either side."""
    keys, known = Keys.generate(), node.remembered_cluster_id()
    with _dial(node, address, Purpose.JOIN) as opened, channel(opened) as made:
        stub = trust_pb2_grpc.TrustStub(made)  # type: ignore[no-untyped-call]
        try:
            answer = stub.Join(_request(node, keys), timeout=CALL_TIMEOUT)
        except grpc.RpcError as exc:
            raise _refused(exc) from exc
        return checked(node.machine, opened.claims.node, answer, keys, known=known)


def watch_peers(node: Node, address: session.Address) -> Iterator[tuple[Peer, ...]]:
    """All members now and after every change, until the session ends."""
    with _dial(node, address, Purpose.REJOIN) as opened, channel(opened) as made:
        stub = trust_pb2_grpc.TrustStub(made)  # type: ignore[no-untyped-call]
        try:
            for answer in stub.WatchPeers(trust_pb2.WatchPeersRequest()):
                yield tuple(Peer.from_proto(peer) for peer in answer.peers)
        except grpc.RpcError as exc:
            raise _refused(exc) from exc


def addresses(node: Node) -> tuple[session.Address, ...]:
    """The control planes that the initdata name."""
    split = (text.rpartition(":") for text in node.machine.initdata.addresses)
    return tuple((host, int(port)) for host, _, port in split)


def _dial(node: Node, address: session.Address, purpose: Purpose) -> session.Session:
    """A session with a control plane of this node's creation; nothing was said in it yet."""
    opened = session.dial(
        address,
        purpose,
        node.prover,
        node.verifier(),
        server_name=network.ATTEST_SERVER_NAME,
        timeout=DIAL_TIMEOUT,
    )
    try:
        require_control_plane(node.machine, opened.claims.node)
    except AttestationError:
        opened.close()
        raise
    return opened


def _request(node: Node, keys: Keys) -> trust_pb2.JoinRequest:
    return trust_pb2.JoinRequest(
        node_csr=keys.node.request,
        kubelet_client_csr=keys.kubelet_client.request,
        kubelet_serving_csr=keys.kubelet_serving.request,
        attest_port=network.ATTEST_PORT,
        underlay_address=str(node.machine.underlay_address),
    )


def _refused(exc: grpc.RpcError) -> PeerRefusedError | ProvisionError:
    """The stable ID that the peer's refusal carries, or that it did not answer."""
    details = str(exc.details())
    if details in entries():
        return PeerRefusedError(details, "the control plane refused")
    return ProvisionError("JOI-502", f"{exc.code().name}: {details[:200]}")
