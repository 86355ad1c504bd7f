"""What kubelet, kubeadm and the CNI plugins are told."""

import json
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
import yaml

from asterism.bootstrapper import cni, kubelet
from asterism.bootstrapper.init import cluster_objects, kubeadm_config
from asterism.bootstrapper.init.kubeadm_config import ControlPlane
from asterism.bootstrapper.trust.ledger import Member
from asterism.bootstrapper.trust.nodes import node_object

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def documents() -> dict[str, dict[str, object]]:
    """kubeadm's documents by kind."""
    plane = ControlPlane(
        "local", "local-cp-1", IPv4Address("10.211.0.1"), ("api.example", "kubernetes")
    )
    stream = yaml.safe_load_all(kubeadm_config.documents(plane, "cgroupfs", ["addon"]))
    return {document["kind"]: document for document in stream}


def arguments(component: object) -> dict[str, str]:
    assert isinstance(component, dict)
    return {item["name"]: item["value"] for item in component["extraArgs"]}


def test_rights_by_token_are_never_made(documents: dict[str, dict[str, object]]) -> None:
    """No bootstrap token, no uploaded keys, no cluster-info for anybody."""
    init = documents["InitConfiguration"]
    skipped = init["skipPhases"]
    assert isinstance(skipped, list)
    assert {"bootstrap-token", "upload-certs", "kubelet-start", "addon"} <= set(skipped)
    assert "bootstrapTokens" not in init
    assert (
        arguments(documents["ClusterConfiguration"]["apiServer"])["enable-bootstrap-token-auth"]
        == "false"
    )


def test_the_api_server_tells_people_from_components(
    documents: dict[str, dict[str, object]],
) -> None:
    """Two client authorities, checked kubelets, and health only for everybody."""
    given = arguments(documents["ClusterConfiguration"]["apiServer"])
    assert given["client-ca-file"] == "/etc/kubernetes/pki/client-ca.crt"
    assert given["kubelet-certificate-authority"] == "/etc/kubernetes/pki/ca.crt"
    anonymous = yaml.safe_load(kubeadm_config.authentication())["anonymous"]
    assert {condition["path"] for condition in anonymous["conditions"]} == {
        "/livez",
        "/readyz",
        "/healthz",
    }


def test_the_api_servers_certificate_holds_every_name_once(
    documents: dict[str, dict[str, object]],
) -> None:
    """The relay's, the mesh's, the local one and what the owner asked for."""
    server = documents["ClusterConfiguration"]["apiServer"]
    assert isinstance(server, dict)
    assert server["certSANs"] == ["kubernetes", "10.211.0.1", "127.0.0.1", "api.example"]


def test_etcd_is_durable(documents: dict[str, dict[str, object]]) -> None:
    """No setting trades what was written for speed."""
    assert "fsync" not in json.dumps(documents)


def test_pod_ranges_are_not_raced_for(documents: dict[str, dict[str, object]]) -> None:
    """The trust service assigns them; nobody's certificates are approved by a controller."""
    given = arguments(documents["ClusterConfiguration"]["controllerManager"])
    assert given["allocate-node-cidrs"] == "false"
    assert "-certificatesigningrequest-approving-controller" in given["controllers"]


def test_a_kubelet_makes_no_identity_of_its_own(control_plane: Member) -> None:
    """No registration, no rotation, no anonymous access, no token."""
    config = kubelet.configuration("systemd")
    assert config["registerNode"] is False
    assert config["rotateCertificates"] is False
    assert config["serverTLSBootstrap"] is False
    assert config["authentication"]["anonymous"] == {"enabled": False}
    assert "--hostname-override=local-cp-1" in kubelet.flags(control_plane.assignment)
    text = json.dumps(kubelet.kubeconfig("https://10.211.0.1:6443", "local"))
    assert "token" not in text


def test_the_cgroup_driver_follows_the_kernel(tmp_path: Path) -> None:
    """A measured step of the boot writes what it found."""
    found = tmp_path / "cgroup-driver"
    found.write_text("cgroupfs\n")
    assert kubelet.cgroup_driver(found) == "cgroupfs"


def test_the_template_is_filled_with_the_assigned_range() -> None:
    """And nothing else in it changes."""
    template = (REPOSITORY / "cni-config" / "10-asterism.conflist").read_text()
    filled = json.loads(cni.fill(template, IPv4Network("10.212.3.0/24")))
    bridge = filled["plugins"][0]
    assert bridge["ipam"]["ranges"] == [[{"subnet": "10.212.3.0/24"}]]
    bridge["ipam"]["ranges"] = []
    assert filled == json.loads(template)


def test_node_objects_carry_what_was_attested(control_plane: Member) -> None:
    """Under a prefix that a kubelet may not change."""
    node = node_object(control_plane.assignment, tee="snp", emulated=True)
    labels = node["metadata"]["labels"]
    assert labels["node-restriction.kubernetes.io/asterism-tee"] == "snp"
    assert labels["node-restriction.kubernetes.io/asterism-emulated"] == "true"
    assert labels["node-role.kubernetes.io/control-plane"] == ""
    assert node["spec"] == {"podCIDR": "10.212.0.0/24", "podCIDRs": ["10.212.0.0/24"]}


def test_kubelets_create_no_nodes() -> None:
    """The policy denies it to the group that every kubelet's certificate names."""
    spec = cluster_objects.node_policy()["spec"]
    assert spec["failurePolicy"] == "Fail"
    assert "system:nodes" in spec["validations"][0]["expression"]
    assert cluster_objects.node_policy_binding()["spec"]["validationActions"] == ["Deny"]


def test_the_api_server_may_use_kubelets() -> None:
    """kubeadm would bind this together with the tokens that we leave out."""
    binding = cluster_objects.kubelet_access_binding()
    assert binding["roleRef"]["name"] == "system:kubelet-api-admin"
    assert binding["subjects"][0]["name"] == "kube-apiserver-kubelet-client"


def test_owners_rights_can_be_taken_away() -> None:
    """A group of ours bound to cluster-admin, not system:masters."""
    subject = cluster_objects.owners_binding()["subjects"][0]
    assert subject["name"] == "asterism:owners"
