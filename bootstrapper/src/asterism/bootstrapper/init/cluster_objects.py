"""Objects that every cluster holds from its first minute: rights of owners, limits of kubelets."""

from asterism.kube.rest import ApiClient, KubeObject

OWNERS_GROUP = "asterism:owners"
"""Group of the owner's user certificate: ordinary rights that can be taken away, unlike
`system:masters`, which no binding limits."""

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_NODES_BY_TRUST = "asterism-nodes-by-trust-service"


def ensure_cluster_objects(api: ApiClient) -> None:
    """Apply all of them; repeating it changes nothing."""
    api.apply(f"{_ADMISSION}/validatingadmissionpolicies/{_NODES_BY_TRUST}", node_policy())
    api.apply(
        f"{_ADMISSION}/validatingadmissionpolicybindings/{_NODES_BY_TRUST}", node_policy_binding()
    )
    api.apply(f"{_RBAC}/clusterrolebindings/asterism-owners", owners_binding())


def owners_binding() -> KubeObject:
    """The owners' group may do everything that RBAC can give."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "asterism-owners"},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "cluster-admin",
        },
        "subjects": [
            {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": OWNERS_GROUP}
        ],
    }


def node_policy() -> KubeObject:
    """Who is in `system:nodes` may not create Node objects."""
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
                    }
                ]
            },
            "validations": [
                {
                    "expression": "!('system:nodes' in request.userInfo.groups)",
                    "message": "Node objects are created by the trust service",
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
