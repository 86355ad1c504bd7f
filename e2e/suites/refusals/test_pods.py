"""Pods that reach for the hardware of their node."""

from pathlib import Path

import pytest

from asterism.attestation.snp.report import Report
from asterism.bootstrapper import host
from asterism.bootstrapper.host import Host
from asterism.config import paths
from asterism.e2e import processes
from asterism.e2e.cluster import Cluster
from asterism.e2e.lab.refusal import fails
from asterism.e2e.machine import Machine
from asterism.e2e.pods import Namespace, server_pod

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(120)]

SPY = "spy"
REPORT_DATA = bytes(range(64))
"""What an attacker would want to have signed."""
MOUNTS = {
    "sockets": {"mountPath": "/sockets", "hostPath": "/run/host"},
    "above": {"mountPath": "/above", "hostPath": "/run"},
    "root": {"mountPath": "/root", "hostPath": "/"},
    "part": {"mountPath": "/part", "hostPath": "/run", "subPath": "host"},
}
"""Ways of a pod to the folder of the node's hardware."""
WAYS = ("sockets", "above/host", "root/run/host", "part")


def spying_pod(node: str) -> dict[str, object]:
    """A pod of root's with every mount that could lead to the hardware, but no privileges."""
    pod = server_pod(SPY, node=node)
    spec = pod["spec"]
    spec["volumes"] = [
        {"name": name, "hostPath": {"path": mount["hostPath"]}} for name, mount in MOUNTS.items()
    ]
    spec["containers"][0]["volumeMounts"] = [
        {"name": name, **{key: text for key, text in mount.items() if key != "hostPath"}}
        for name, mount in MOUNTS.items()
    ]
    return dict(pod)


def root_of(pod: str, machine: Machine) -> Path:
    """The root directory of a pod's container, as the host sees it."""
    for pid in processes.descendants(machine.init.pid):
        folder = processes.PROC / str(pid)
        if f"HOSTNAME={pod}\0".encode() in (folder / "environ").read_bytes():
            return folder / "root"
    msg = f"no process of {pod} on {machine.name}"
    raise AssertionError(msg)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller of hardware sockets that does not wait for one to appear."""
    monkeypatch.setattr(host, "TIMEOUT", 0.5)


def report_through(folder: Path) -> Report:
    """A report over REPORT_DATA from the socket in `folder`; ProvisionError if there is none."""
    caller = Host(folder / paths.NODE_HOST_SOCKET.name)
    try:
        return Report.parse(caller.snp_report(REPORT_DATA).report)
    finally:
        caller.close()


@pytest.mark.usefixtures("hasty")
@pytest.mark.attack("A16", refused="INT-002")
def test_a_pod_does_not_reach_the_sockets_of_the_hardware(
    confidential_cluster: Cluster, namespace: Namespace
) -> None:
    """A16: whatever a pod mounts of its node, secure processor and TPM are the agent's."""
    worker = confidential_cluster.workers[0]
    namespace.apply(spying_pod(worker.name))
    namespace.kubectl("wait", f"pod/{SPY}", "--for=condition=Ready", "--timeout=60s")
    node = Path(f"/proc/{worker.init.pid}/root{paths.NODE_HOST}")
    assert report_through(node).report_data == REPORT_DATA
    inside = root_of(SPY, worker)
    for way in WAYS:
        assert list((inside / way).iterdir()) == []
        with fails("INT-002"):
            report_through(inside / way)
    confidential_cluster.asterism("cluster", "verify", confidential_cluster.name)
