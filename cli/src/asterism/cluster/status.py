"""`cluster status`: what the cluster itself says to its owner in an attested session."""

from collections.abc import Sequence
from dataclasses import dataclass

from asterism.atls.purpose import Purpose
from asterism.cluster import session
from asterism.cluster.pin import Pin
from asterism.cluster.state import ClusterState
from asterism.keys.owner import OwnerKey

TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Node:
    """One member as the trust service and the API server know it."""

    name: str
    role: str
    ready: bool
    version: str
    mesh_address: str
    pod_range: str
    labels: tuple[str, ...]
    platform: str


@dataclass(frozen=True, slots=True)
class Status:
    """A cluster as its first control plane describes it to the owner."""

    state: str
    """CLEAR or ENCRYPTED: the nodes' disks."""
    network: str
    """CLEAR or ATTESTED: what runs between nodes."""
    nodes: tuple[Node, ...]


def status(record: ClusterState, pin: Pin, owner: OwnerKey) -> Status:
    """Ask the first control plane, in a session that is bound to the pinned cluster."""
    from asterism.proto.admin.v1.admin_pb2 import StatusRequest
    from asterism.proto.admin.v1.admin_pb2_grpc import AdminStub

    first = record.machines[0].name
    with session.channel(record.relay_port, pin, first, Purpose.ADMIN, owner) as (channel, _):
        answer = AdminStub(channel).Status(StatusRequest(), timeout=TIMEOUT)  # type: ignore[no-untyped-call]
    nodes = tuple(
        Node(
            name=member.name,
            role=member.role,
            ready=member.ready,
            version=member.kubelet_version,
            mesh_address=member.mesh_address,
            pod_range=member.pod_range,
            labels=tuple(member.labels),
            platform=member.platform,
        )
        for member in answer.members
    )
    return Status(answer.state, answer.network, nodes)


def missing(record: ClusterState, found: Status) -> Sequence[str]:
    """Machines that were planned and are not members."""
    members = {node.name for node in found.nodes}
    return [machine.name for machine in record.machines if machine.name not in members]
