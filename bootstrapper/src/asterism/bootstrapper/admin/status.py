"""The members of the cluster as the owner sees them: the ledger, with readiness from the API."""

from asterism.attestation.anchors import EMULATED
from asterism.bootstrapper.trust.ledger import Member
from asterism.bootstrapper.trust.nodes import NODES
from asterism.errors import ProvisionError
from asterism.kube.rest import ApiClient, KubeObject, condition
from asterism.proto.admin.v1 import admin_pb2

STATE = "CLEAR"
"""State disks are not encrypted yet."""
NETWORK = "CLEAR"
"""Traffic between nodes is not in attested sessions yet."""


def status(members: tuple[Member, ...], api: ApiClient | None) -> admin_pb2.StatusResponse:
    """All members; those that the API does not know, or all while it is silent, are not ready."""
    nodes = _nodes(api)
    shown = [_shown(member, nodes.get(member.name, {})) for member in members]
    return admin_pb2.StatusResponse(members=shown, state=STATE, network=NETWORK)


def _nodes(api: ApiClient | None) -> dict[str, KubeObject]:
    if api is None:
        return {}
    try:
        items = api.get(NODES).get("items", [])
    except ProvisionError:
        return {}
    return {item["metadata"]["name"]: item for item in items}


def _shown(member: Member, node: KubeObject) -> admin_pb2.Member:
    own = member.assignment
    info = node.get("status", {}).get("nodeInfo", {})
    return admin_pb2.Member(
        name=own.name,
        role=own.role.value,
        mesh_address=str(own.mesh_address),
        underlay_address=str(member.peer.underlay_address),
        pod_range=str(own.pod_range),
        ready=condition(node, "Ready"),
        kubelet_version=info.get("kubeletVersion", ""),
        labels=[EMULATED] if member.emulated else [],
        platform=member.chip.hex(),
    )
