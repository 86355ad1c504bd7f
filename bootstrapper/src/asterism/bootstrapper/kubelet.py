"""The files a kubelet starts from, the same for every role.

The kubelet has no right to make certificates or Node objects: it holds a client and a serving
certificate for exactly its assignment, and the trust service creates its Node.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from asterism.bootstrapper import durable
from asterism.bootstrapper.assignment import Assignment
from asterism.config import network

KUBERNETES = Path("/etc/kubernetes")
PKI = KUBERNETES / "pki"
CLUSTER_CA = PKI / "ca.crt"
CLIENT_CERTIFICATE = PKI / "kubelet-client.crt"
CLIENT_KEY = PKI / "kubelet-client.key"
SERVING_CERTIFICATE = PKI / "kubelet-serving.crt"
SERVING_KEY = PKI / "kubelet-serving.key"
KUBECONFIG = KUBERNETES / "kubelet.conf"
MANIFESTS = KUBERNETES / "manifests"

STATE = Path("/var/lib/kubelet")
CONFIG = STATE / "config.yaml"
UNIT = "kubelet.service"
FLAGS = STATE / "kubeadm-flags.env"
"""Read by the unit; the name is kubeadm's, as is the unit's form."""

STARTED = Path("/run/asterism/kubelet-started")
"""In memory: this boot's agent, or one before it, has brought the node up to its end."""

CGROUP_DRIVER = Path("/run/asterism/cgroup-driver")
CONTAINERD_SOCKET = "unix:///run/containerd/containerd.sock"
PUBLIC = 0o644


@dataclass(frozen=True, slots=True)
class Credentials:
    """PEM: the cluster's authority, and this kubelet's two keys with their certificates."""

    cluster_ca: bytes
    client_certificate: bytes
    client_key: bytes = field(repr=False)
    serving_certificate: bytes
    serving_key: bytes = field(repr=False)


def cgroup_driver(found: Path = CGROUP_DRIVER) -> str:
    """`systemd` on cgroup v2, `cgroupfs` on v1, as a measured step of the boot found it."""
    return found.read_text().strip()


def configuration(driver: str) -> dict[str, Any]:
    """KubeletConfiguration.

    Frequencies of one second and a rise of the request rates: the cluster is ready seconds sooner,
    at no measurable cost. oomScoreAdj 0: a machine of the sandbox may not lower scores.
    """
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(CLUSTER_CA)},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": driver,
        "failCgroupV1": False,
        "failSwapOn": False,
        "clusterDNS": [str(network.DNS_SERVICE)],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": CONTAINERD_SOCKET,
        "evictionHard": {
            "nodefs.available": "0%",
            "nodefs.inodesFree": "0%",
            "imagefs.available": "0%",
        },
        "fileCheckFrequency": "1s",
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": 10248,
        "imageGCHighThresholdPercent": 100,
        "kubeAPIBurst": 100,
        "kubeAPIQPS": 50,
        "nodeStatusUpdateFrequency": "2s",
        "oomScoreAdj": 0,
        "registerNode": False,
        "resolvConf": "/etc/resolv.conf",
        "rotateCertificates": False,
        "serverTLSBootstrap": False,
        "staticPodPath": str(MANIFESTS),
        "syncFrequency": "1s",
        "tlsCertFile": str(SERVING_CERTIFICATE),
        "tlsMinVersion": "VersionTLS13",
        "tlsPrivateKeyFile": str(SERVING_KEY),
        "volumePluginDir": "/var/lib/kubelet/volumeplugins",
    }


def kubeconfig(api_server: str, cluster: str) -> dict[str, Any]:
    """The kubelet's kubeconfig: static files, no bootstrap token, no rotation."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": cluster,
                "cluster": {"server": api_server, "certificate-authority": str(CLUSTER_CA)},
            }
        ],
        "users": [
            {
                "name": "kubelet",
                "user": {
                    "client-certificate": str(CLIENT_CERTIFICATE),
                    "client-key": str(CLIENT_KEY),
                },
            }
        ],
        "contexts": [{"name": "kubelet", "context": {"cluster": cluster, "user": "kubelet"}}],
        "current-context": "kubelet",
    }


def flags(own: Assignment) -> str:
    """The environment file with the flags that differ from node to node."""
    words = f"--node-ip={own.mesh_address} --hostname-override={own.name}"
    return f'KUBELET_KUBEADM_ARGS="{words}"\n'


def write_files(
    own: Assignment, credentials: Credentials, *, api_server: str, cluster: str
) -> None:
    """Write all of them; the configuration last, because the unit waits for it."""
    MANIFESTS.mkdir(parents=True, exist_ok=True)
    durable.write(CLUSTER_CA, credentials.cluster_ca, PUBLIC)
    durable.write(CLIENT_CERTIFICATE, credentials.client_certificate, PUBLIC)
    durable.write(CLIENT_KEY, credentials.client_key)
    durable.write(SERVING_CERTIFICATE, credentials.serving_certificate, PUBLIC)
    durable.write(SERVING_KEY, credentials.serving_key)
    durable.write(KUBECONFIG, _yaml(kubeconfig(api_server, cluster)))
    durable.write(FLAGS, flags(own).encode(), PUBLIC)
    durable.write(CONFIG, _yaml(configuration(cgroup_driver())), PUBLIC)


def remember_start() -> None:
    """Everything that starts the kubelet in this boot is done; only then is it not repeated."""
    durable.write(STARTED, b"")


def is_started() -> bool:
    """Whether an agent of this boot came to that end."""
    return STARTED.exists()


def _yaml(value: dict[str, Any]) -> bytes:
    return yaml.safe_dump(value, sort_keys=True).encode()
