"""What kubeadm is told: one InitConfiguration and one ClusterConfiguration (v1beta4).

kubeadm makes static pods, component kubeconfigs and addons. Everything that concerns identity is
ours: the authorities lie ready on disk, and the phases that hand out rights by token are skipped.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import yaml

from asterism.bootstrapper import kubelet, networking
from asterism.config import network, versions

PATCHES = Path("/usr/lib/asterism/kubeadm-patches")
CLIENT_CA_BUNDLE = kubelet.PKI / "client-ca.crt"
AUTHENTICATION = kubelet.KUBERNETES / "authentication.yaml"

SKIPPED_PHASES = (
    "preflight",  # the measured image holds what it checks, and a resumed init finds ports in use
    "kubeconfig/kubelet",  # static files of ours
    "kubelet-start",  # started by the agent, before kubeadm, to gain its start time
    "upload-certs",  # authorities reach control planes only in Trust.Join
    "mark-control-plane",  # the trust service labels nodes
    "bootstrap-token",  # no tokens, no rights for who holds one, no anonymous cluster-info
    "kubelet-finalize",  # switches to rotated client certificates
    "show-join-command",
)

HEALTH_PATHS = ("/livez", "/readyz", "/healthz")
GO_MEMORY_FOR_SPEED = [{"name": "GOGC", "value": "400"}]


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """What differs from cluster to cluster and from node to node."""

    cluster: str
    node: str
    address: IPv4Address
    api_names: tuple[str, ...]

    @property
    def endpoint(self) -> str:
        """`ADDRESS:PORT` of this API server on the mesh."""
        return f"{self.address}:{network.API_PORT}"

    @property
    def url(self) -> str:
        """What components of the cluster dial."""
        return f"https://{self.endpoint}"


def documents(plane: ControlPlane, driver: str, skipped: Iterable[str] = ()) -> str:
    """All documents as one YAML stream.

    `driver` is the cgroup driver, `skipped` are phases to leave out beyond ours.
    """
    parts = [_init(plane, skipped), _cluster(plane), _kube_proxy()]
    parts.append(kubelet.configuration(driver))
    return yaml.safe_dump_all(parts, sort_keys=False)


def authentication() -> str:
    """AuthenticationConfiguration: nobody is anonymous, except to ask for health."""
    return yaml.safe_dump(
        {
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "AuthenticationConfiguration",
            "anonymous": {"enabled": True, "conditions": [{"path": p} for p in HEALTH_PATHS]},
        },
        sort_keys=False,
    )


def _init(plane: ControlPlane, skipped: Iterable[str]) -> dict[str, Any]:
    return {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "InitConfiguration",
        "localAPIEndpoint": {
            "advertiseAddress": str(plane.address),
            "bindPort": network.API_PORT,
        },
        "nodeRegistration": {
            "name": plane.node,
            "criSocket": kubelet.CONTAINERD_SOCKET,
            "imagePullPolicy": "Never",
            "taints": [],
        },
        "patches": {"directory": str(PATCHES)},
        "skipPhases": [*SKIPPED_PHASES, *skipped],
    }


def _cluster(plane: ControlPlane) -> dict[str, Any]:
    return {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "ClusterConfiguration",
        "kubernetesVersion": versions.KUBERNETES,
        "clusterName": plane.cluster,
        "encryptionAlgorithm": "ECDSA-P256",
        "controlPlaneEndpoint": plane.endpoint,
        "imageRepository": versions.REGISTRY,
        "networking": {
            "podSubnet": str(network.PODS),
            "serviceSubnet": str(network.SERVICES),
            "dnsDomain": "cluster.local",
        },
        "dns": {"imageTag": versions.COREDNS_TAG},
        "etcd": {"local": _etcd()},
        "apiServer": _api_server(plane),
        "controllerManager": _controller_manager(),
        "scheduler": _scheduler(),
    }


def _etcd() -> dict[str, Any]:
    return {
        "imageTag": versions.ETCD_TAG,
        "dataDir": "/var/lib/etcd",
        "extraEnvs": GO_MEMORY_FOR_SPEED,
    }


def _api_server(plane: ControlPlane) -> dict[str, Any]:
    mounted = {
        "name": "authentication",
        "hostPath": str(AUTHENTICATION),
        "mountPath": str(AUTHENTICATION),
        "readOnly": True,
        "pathType": "File",
    }
    return {
        "certSANs": _sans(plane),
        "extraArgs": _arguments(
            {
                "authentication-config": str(AUTHENTICATION),
                "client-ca-file": str(CLIENT_CA_BUNDLE),
                "enable-bootstrap-token-auth": "false",
                "kubelet-certificate-authority": str(kubelet.CLUSTER_CA),
                "profiling": "false",
                "tls-min-version": "VersionTLS13",
            }
        ),
        "extraEnvs": GO_MEMORY_FOR_SPEED,
        "extraVolumes": [mounted],
    }


def _sans(plane: ControlPlane) -> list[str]:
    names = (network.API_SERVER_NAME, str(plane.address), "127.0.0.1", *plane.api_names)
    return list(dict.fromkeys(names))


def _controller_manager() -> dict[str, Any]:
    """Pod ranges are assigned by the trust service; nobody's certificates are approved by rule."""
    return {
        "extraArgs": _arguments(
            {
                "allocate-node-cidrs": "false",
                "controllers": "*,-certificatesigningrequest-approving-controller",
                **_single_plane_speed(),
            }
        ),
        "extraEnvs": GO_MEMORY_FOR_SPEED,
    }


def _scheduler() -> dict[str, Any]:
    return {"extraArgs": _arguments(_single_plane_speed()), "extraEnvs": GO_MEMORY_FOR_SPEED}


def _single_plane_speed() -> dict[str, str]:
    """Without a lease to win first; only while the cluster has one control plane."""
    return {
        "kube-api-burst": "1000",
        "kube-api-qps": "500",
        "leader-elect": "false",
        "profiling": "false",
    }


def _kube_proxy() -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "nftables": {"masqueradeBit": networking.MASQUERADE_BIT},
        "oomScoreAdj": 0,
        "conntrack": {"maxPerCore": 0, "min": 0},
    }


def _arguments(named: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in named.items()]


def command(config: Path) -> Sequence[str]:
    """The command line of the one kubeadm run."""
    return ("kubeadm", "init", "--config", str(config))
