"""The Node objects of members: made by the trust service, never by a kubelet.

A kubelet would register itself with labels and a pod range of its own choosing; here both follow
from evidence and assignment, and an admission policy keeps kubelets from creating Nodes.
"""

from asterism.attestation.grant import Role
from asterism.bootstrapper.assignment import Assignment
from asterism.config import network
from asterism.kube.rest import ApiClient, KubeObject

NODES = "/api/v1/nodes"
TEE_LABEL = "node-restriction.kubernetes.io/asterism-tee"
EMULATED_LABEL = "node-restriction.kubernetes.io/asterism-emulated"
"""Labels under this prefix cannot be set by a kubelet (NodeRestriction)."""

GENERATION = "asterism.dev/generation"
ATTACH_DETACH = "volumes.kubernetes.io/controller-managed-attach-detach"


def node_object(own: Assignment, *, tee: str, emulated: bool) -> KubeObject:
    """The Node of a member, as server-side apply wants it."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": own.name,
            "labels": _labels(own, tee=tee, emulated=emulated),
            "annotations": {ATTACH_DETACH: "true", GENERATION: str(own.generation)},
        },
        "spec": {"podCIDR": str(own.pod_range), "podCIDRs": [str(own.pod_range)]},
    }


def ensure_node(api: ApiClient, own: Assignment, *, tee: str, emulated: bool) -> None:
    """Create the Node or bring it to what it should be; ApiError if the API refuses."""
    api.apply(f"{NODES}/{own.name}", node_object(own, tee=tee, emulated=emulated))


def _labels(own: Assignment, *, tee: str, emulated: bool) -> dict[str, str]:
    """What a registering kubelet would set (name, system), the role, and what was attested."""
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": own.name,
        "kubernetes.io/os": "linux",
        f"node-role.kubernetes.io/{own.role.value}": "",
        TEE_LABEL: tee,
        EMULATED_LABEL: "true" if emulated else "false",
    }
    if own.role is Role.CONTROL_PLANE:
        labels["node.kubernetes.io/exclude-from-external-load-balancers"] = ""
    return labels


def api_server(address: str) -> str:
    """What kubelets dial."""
    return f"https://{address}:{network.API_PORT}"
