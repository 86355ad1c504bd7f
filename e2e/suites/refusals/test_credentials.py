"""J02: stolen credentials of joining: what they open, and that no way leads from them to a node."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from asterism import proc
from asterism.bootstrapper import kubelet
from asterism.config import network
from asterism.e2e import detour, kubectl, twins
from asterism.e2e.cluster import Cluster
from asterism.e2e.neighbour import Neighbour, neighbour_of
from asterism.e2e.refused import expect_denied
from asterism.e2e.waiting import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(180)]

TOKEN_ID, TOKEN_SECRET = "c0ffee", "0123456789abcdef"
TOKEN = f"""
apiVersion: v1
kind: Secret
metadata: {{name: bootstrap-token-{TOKEN_ID}, namespace: kube-system}}
type: bootstrap.kubernetes.io/token
stringData:
  token-id: {TOKEN_ID}
  token-secret: {TOKEN_SECRET}
  usage-bootstrap-authentication: "true"
  usage-bootstrap-signing: "true"
  auth-extra-groups: system:bootstrappers:kubeadm:default-node-token
"""
CREATE = ("create", "--raw", "/api/v1/nodes", "-f", "-")
"""A Node object from standard input, without first asking what the server knows."""
NOBODY = "You must be logged in"
"""What kubectl says of credentials that the API server does not know."""
GHOST = "ghost-worker-1"
"""A node that was evicted, or never was: it has no Node object."""


@dataclass(frozen=True)
class Thief:
    """Somebody with a credential, at the only door of the API that there is: the relay."""

    cluster: Cluster
    folder: Path
    credential: tuple[str, ...]

    def kubectl(self, *arguments: str, stdin: str = "") -> proc.Completed:
        """Run kubectl with nothing but the credential and the cluster's public authority."""
        authority = self.folder / "ca.crt"
        control_plane = self.cluster.control_planes[0]
        authority.write_bytes(control_plane.run("cat", str(kubelet.CLUSTER_CA)).stdout)
        server = f"https://{detour.ADDRESS}:{detour.relay_port(self.cluster)}"
        where = ("--server", server, "--tls-server-name", network.API_SERVER_NAME)
        argv = [str(kubectl.program()), "--kubeconfig=/dev/null", *where]
        trust = ("--certificate-authority", str(authority))
        return proc.run(
            [*argv, *trust, *self.credential, *arguments],
            stdin=stdin.encode(), check=False, timeout=20, env=self.cluster.home.environment(),
        )  # fmt: skip

    def expect_denied(self, why: str, *arguments: str, stdin: str = "") -> None:
        """The API refuses, and says `why`."""
        done = self.kubectl(*arguments, stdin=stdin)
        said = done.stderr.decode()
        assert done.returncode != 0, done.text
        assert why in said, said


@pytest.fixture
def with_token(confidential_cluster: Cluster, tmp_path: Path) -> Iterator[Thief]:
    """An administrator made a bootstrap token, as for kubeadm; and it was stolen."""
    confidential_cluster.apply(TOKEN)
    secret = ("-n", "kube-system", "secret", f"bootstrap-token-{TOKEN_ID}")
    try:
        yield Thief(confidential_cluster, tmp_path, ("--token", f"{TOKEN_ID}.{TOKEN_SECRET}"))
    finally:
        confidential_cluster.kubectl("delete", *secret)


@pytest.fixture
def with_certificate(confidential_cluster: Cluster, tmp_path: Path) -> Thief:
    """A tenant broke out of a pod and took the kubelet's client certificate with its key."""
    worker = confidential_cluster.workers[0]
    found = []
    for option, path in (
        ("--client-certificate", kubelet.CLIENT_CERTIFICATE),
        ("--client-key", kubelet.CLIENT_KEY),
    ):
        copy = tmp_path / path.name
        copy.write_bytes(worker.run("cat", str(path)).stdout)
        found += [option, str(copy)]
    return Thief(confidential_cluster, tmp_path, tuple(found))


@pytest.fixture
def neighbour(confidential_cluster: Cluster) -> Iterator[Neighbour]:
    """Somebody on the wires between the machines."""
    with neighbour_of(confidential_cluster.name) as found:
        yield found


def node(name: str) -> str:
    """A Node object that asks for nothing."""
    return json.dumps({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})


def node_names(cluster: Cluster) -> set[str]:
    """What `kubectl get nodes` lists."""
    return {item["metadata"]["name"] for item in cluster.get("nodes")["items"]}


def test_the_api_port_is_not_on_the_wires(
    confidential_cluster: Cluster, neighbour: Neighbour
) -> None:
    """J02: a credential has nowhere to go but the attest port (all ports are scanned elsewhere)."""
    for machine in confidential_cluster.machines:
        for port in (network.API_PORT, 10250, 2379, 2380):
            probe = f"exec 3<>/dev/tcp/{machine.spec.address}/{port}"
            done = neighbour.run("timeout", "1", "bash", "-c", probe, check=False)
            assert done.returncode != 0, f"{machine.name} answers on port {port}"


def test_a_bootstrap_token_is_nobodys_credential(with_token: Thief) -> None:
    """J02: the API server knows no such tokens, whatever an administrator makes."""
    for arguments in (("get", "nodes"), ("auth", "whoami")):
        with_token.expect_denied(NOBODY, *arguments)
    with_token.expect_denied(NOBODY, *CREATE, stdin=node(GHOST))
    assert GHOST not in node_names(with_token.cluster)


@pytest.mark.attack("J02", refused="JOI-011")
def test_a_stolen_kubelet_certificate_makes_no_node(with_certificate: Thief) -> None:
    """J02: neither its own again nor another's (nor a certificate for one: see `test_kubelets`)."""
    cluster = with_certificate.cluster
    before = node_names(cluster)
    own = cluster.workers[0].name
    expect_denied(with_certificate.kubectl(*CREATE, stdin=node(own)), "JOI-011")
    with_certificate.expect_denied("forbidden", *CREATE, stdin=node(GHOST))
    assert node_names(cluster) == before
    cluster.asterism("cluster", "verify", cluster.name)


def test_a_stolen_kubelet_certificate_is_that_nodes_only(with_certificate: Thief) -> None:
    """J02: other nodes, secrets of pods elsewhere and labels of trust stay out of reach."""
    cluster = with_certificate.cluster
    other, own = cluster.control_planes[0].name, cluster.workers[0].name
    trusted = "node-restriction.kubernetes.io/asterism-emulated=false"
    for denied in (
        ("label", "node", other, "stolen=yes"),
        ("label", "node", own, "--overwrite", trusted),
        ("delete", "node", other),
        ("get", "secrets", "-A"),
        ("get", "nodes", "--as", "system:admin"),
    ):
        with_certificate.expect_denied("orbidden", *denied)


def as_ghost(cluster: Cluster) -> proc.Completed:
    """What a kubelet gets that was evicted with a certificate still valid and makes its Node."""
    groups = [w for name in ("nodes", "authenticated") for w in ("--as-group", f"system:{name}")]
    identity = ("--as", f"system:node:{GHOST}", *groups)
    return cluster.run_kubectl(
        *identity, "create", "--dry-run=server", "-f", "-", stdin=node(GHOST), check=False
    )


@pytest.mark.attack("J02", refused="JOI-011")
def test_an_evicted_kubelet_does_not_make_its_node_again(confidential_cluster: Cluster) -> None:
    """J02: whoever has a certificate for a node that is not there cannot bring it back."""
    expect_denied(as_ghost(confidential_cluster), "JOI-011")


@pytest.mark.twin("J02")
def test_twin_of_an_evicted_kubelet(confidential_cluster: Cluster) -> None:
    """J02: without the policy the API takes the kubelet's word, and there is a node."""
    with twins.load("J02").without_policy(confidential_cluster):
        eventually(lambda: expect_created(as_ghost(confidential_cluster)), within=20, every=0.5)
    eventually(
        lambda: expect_denied(as_ghost(confidential_cluster), "JOI-011"), within=20, every=0.5
    )


def expect_created(done: proc.Completed) -> None:
    """The API server would keep the object."""
    assert done.returncode == 0, done.stderr.decode()
