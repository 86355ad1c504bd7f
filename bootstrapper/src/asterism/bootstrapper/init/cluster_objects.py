"""Objects that every cluster holds from its first minute: rights of owners, limits of kubelets."""

from asterism.errors.catalogue import entry
from asterism.kube.rest import ApiClient, KubeObject

OWNERS_GROUP = "asterism:owners"
"""Group of the owner's user certificate: ordinary rights that can be taken away, unlike
`system:masters`, which no binding limits."""

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_NODES_BY_TRUST = "asterism-nodes-by-trust-service"
NOT_FOR_KUBELETS = "JOI-011"


def ensure_cluster_objects(api: ApiClient) -> None:
    """Apply all of them; repeating it changes nothing."""
    api.apply(f"{_ADMISSION}/validatingadmissionpolicies/{_NODES_BY_TRUST}", node_policy())
    api.apply(
        f"{_ADMISSION}/validatingadmissionpolicybindings/{_NODES_BY_TRUST}", node_policy_binding()
    )
    for binding in (owners_binding(), kubelet_access_binding()):
        api.apply(f"{_RBAC}/clusterrolebindings/{binding['metadata']['name']}", binding)


def remove_administrators(api: ApiClient) -> None:
    """Take away the rights of kubeadm's own group, whose only certificate is deleted with it."""
    api.delete(f"{_RBAC}/clusterrolebindings/kubeadm:cluster-admins")


def owners_binding() -> KubeObject:
    """The owners' group may do everything that RBAC can give."""
    return _binding("asterism-owners", "cluster-admin", kind="Group", name=OWNERS_GROUP)


def kubelet_access_binding() -> KubeObject:
    """The API server may use kubelets (logs, exec, metrics).

    kubeadm makes this binding together with the bootstrap tokens, which we leave out.
    """
    name, user = "kubeadm:apiserver-kubelet-client", "kube-apiserver-kubelet-client"
    return _binding(name, "system:kubelet-api-admin", kind="User", name=user)


def node_policy() -> KubeObject:
    """Who is in `system:nodes` may neither create Node objects nor ask for certificates.

    What a kubelet may sign for itself elsewhere follows from evidence here (attack A14).
    """
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": _NODES_BY_TRUST},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["nodes"],
                    },
                    {
                        "apiGroups": ["certificates.k8s.io"],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["certificatesigningrequests"],
                    },
                ]
            },
            "validations": [
                {
                    "expression": "!('system:nodes' in request.userInfo.groups)",
                    "message": f"[{NOT_FOR_KUBELETS}] {entry(NOT_FOR_KUBELETS).title}",
                    "reason": "Forbidden",
                }
            ],
        },
    }


def node_policy_binding() -> KubeObject:
    """Puts `node_policy` in force for the whole cluster."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": _NODES_BY_TRUST},
        "spec": {"policyName": _NODES_BY_TRUST, "validationActions": ["Deny"]},
    }


def _binding(binding: str, role: str, *, kind: str, name: str) -> KubeObject:
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": binding},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": group, "kind": kind, "name": name}],
    }
