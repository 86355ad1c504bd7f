"""Kubelets that ask for more than their place."""

import base64
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from asterism.e2e.cluster import Cluster
from asterism.e2e.machine import Machine
from asterism.e2e.refused import expect_denied
from asterism.proc import Completed

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(120)]

KUBECONFIG = "/etc/kubernetes/kubelet.conf"
ADMINISTRATOR = "CN=kubernetes-admin,O=system:masters"


def node(machine: Machine) -> str:
    """The subject of a kubelet."""
    return f"CN=system:node:{machine.name},O=system:nodes"


def asked_as_kubelet(machine: Machine, subject: str) -> Completed:
    """A request for a client certificate of `subject`, made with the credentials of a kubelet."""
    builder = x509.CertificateSigningRequestBuilder(x509.Name.from_rfc4514_string(subject))
    csr = builder.sign(ec.generate_private_key(ec.SECP256R1()), SHA256())
    request = {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"generateName": "test-"},
        "spec": {
            "request": base64.b64encode(csr.public_bytes(Encoding.PEM)).decode(),
            "signerName": "kubernetes.io/kube-apiserver-client-kubelet",
            "usages": ["digital signature", "client auth"],
        },
    }
    create = ("kubectl", "--kubeconfig", KUBECONFIG, "create", "-f", "-")
    return machine.run(*create, stdin=json.dumps(request).encode(), check=False)


@pytest.mark.attack("A14", refused="JOI-011")
def test_a_kubelet_gets_no_certificate_from_the_api_server(confidential_cluster: Cluster) -> None:
    """A14: neither another node's nor an administrator's, nor even its own again."""
    worker, other = confidential_cluster.workers[0], confidential_cluster.control_planes[0]
    for subject in (node(other), ADMINISTRATOR):
        done = asked_as_kubelet(worker, subject)
        assert done.returncode != 0
        assert b"forbidden" in done.stderr  # by Kubernetes' own rule, which comes first
    expect_denied(asked_as_kubelet(worker, node(worker)), "JOI-011")
    assert confidential_cluster.get("csr")["items"] == []
    confidential_cluster.wait_ready()
