"""kubeadm's documents for the plain peer: our own settings, with kubeadm's identities."""

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import yaml

from asterism.bootstrapper import cni, kubelet
from asterism.bootstrapper.init import kubeadm_config
from asterism.bootstrapper.init.kubeadm_config import ControlPlane

INIT = "/run/bench/init.yaml"
JOIN = "/run/bench/join.yaml"
DISCOVERY = "/run/bench/discovery.conf"
ADMIN = "/etc/kubernetes/super-admin.conf"
TOKEN = "abcdef.0123456789abcdef"  # noqa: S105 - of a cluster that lives for a minute
IGNORED = ("--ignore-preflight-errors=all",)

OWN_ARGUMENTS = {
    "authentication-config", "client-ca-file", "enable-bootstrap-token-auth",
    "kubelet-certificate-authority", "allocate-node-cidrs", "controllers",
}  # fmt: skip
"""Arguments of ours that concern identity; kubeadm's own take their place."""

OWN_KUBELET_SETTINGS = {
    "registerNode", "rotateCertificates", "serverTLSBootstrap", "tlsCertFile", "tlsPrivateKeyFile",
    "authentication", "authorization", "healthzBindAddress", "healthzPort", "staticPodPath",
}  # fmt: skip

DROP_IN = "/run/systemd/system/kubelet.service.d/90-kubeadm.conf"
KUBELET = """\
[Service]
ExecStart=
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
ExecStart=/usr/bin/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \
--kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml \
$KUBELET_KUBEADM_ARGS
"""
TEMPLATE = Path(__file__).parents[5] / "cni-config/10-asterism.conflist"


def node_files(name: str, address: IPv4Address, pods: IPv4Network) -> dict[str, str]:
    """Files that a node needs before kubeadm runs in it, by path."""
    return {
        str(cni.TARGET): cni.fill(TEMPLATE.read_text(), pods),
        DROP_IN: KUBELET,
        "/etc/hosts": f"127.0.0.1 localhost\n{address} {name}\n",
    }


def init_documents(name: str, address: IPv4Address, driver: str) -> str:
    """What `kubeadm init` is given; `driver` is the cgroup driver."""
    plane = ControlPlane("bench-plain", name, address, ())
    documents = list(yaml.safe_load_all(kubeadm_config.documents(plane, driver)))
    init, cluster, _, kubelet_settings = documents
    init["skipPhases"] = []
    init["bootstrapTokens"] = [{"token": TOKEN}]
    init["nodeRegistration"] |= _registration(name, address)
    for component in ("apiServer", "controllerManager", "scheduler"):
        arguments = cluster[component]["extraArgs"]
        cluster[component]["extraArgs"] = [a for a in arguments if a["name"] not in OWN_ARGUMENTS]
        cluster[component].pop("extraVolumes", None)
    cluster["controllerManager"]["extraArgs"].append({"name": "node-cidr-mask-size", "value": "24"})
    for setting in OWN_KUBELET_SETTINGS:
        kubelet_settings.pop(setting, None)
    return yaml.safe_dump_all(documents, sort_keys=False)


def join_document(name: str, address: IPv4Address) -> str:
    """What `kubeadm join` is given: discovery by file, which is the faster way."""
    return yaml.safe_dump(
        {
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "kind": "JoinConfiguration",
            "discovery": {"file": {"kubeConfigPath": DISCOVERY}, "tlsBootstrapToken": TOKEN},
            "nodeRegistration": _registration(name, address),
        }
    )


def _registration(name: str, address: IPv4Address) -> dict[str, Any]:
    return {
        "name": name,
        "criSocket": kubelet.CONTAINERD_SOCKET,
        "imagePullPolicy": "Never",
        "taints": [],
        "kubeletExtraArgs": [{"name": "node-ip", "value": str(address)}],
    }
