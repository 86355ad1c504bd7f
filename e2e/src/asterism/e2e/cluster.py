"""The handle that tests hold of a running confidential cluster."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from asterism import proc
from asterism.config import paths
from asterism.e2e import kubectl
from asterism.e2e.capture.underlay import Capture
from asterism.e2e.home import Home
from asterism.e2e.machine import Machine
from asterism.e2e.waiting import eventually
from asterism.machine import store
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.store import MachineDir

READY_TIMEOUT = 90.0


@dataclass(frozen=True)
class Cluster:
    """One running cluster of one owner."""

    name: str
    home: Home
    steps: list[str] = field(default_factory=list)
    """Steps of its creation, in the order in which they ended."""
    captures: list[Capture] = field(default_factory=list)
    """Captures of its underlay, where they were asked for."""

    @property
    def context(self) -> str:
        """Its context in the owner's kubeconfig."""
        return f"asterism-{self.name}"

    @property
    def folder(self) -> Path:
        """The host's state of the cluster."""
        return paths.cluster_dir(self.name)

    @property
    def machines(self) -> list[Machine]:
        """Its machines as the host knows them, by name."""
        return [Machine(folder) for folder in store.machines_in(self.folder)]

    def machine(self, name: str) -> Machine:
        """The machine `name`; a short name such as `worker-1` will do."""
        full = name if name.startswith(f"{self.name}-") else f"{self.name}-{name}"
        return Machine(MachineDir.of(self.name, full))

    @property
    def control_planes(self) -> list[Machine]:
        """Machines of the control plane."""
        return [machine for machine in self.machines if machine.spec.role == "control-plane"]

    @property
    def workers(self) -> list[Machine]:
        """Machines that only carry workloads."""
        return [machine for machine in self.machines if machine.spec.role == "worker"]

    @cached_property
    def api(self) -> Any:
        """The official Kubernetes client (`kubernetes.client.ApiClient`) as the owner."""
        from kubernetes import config

        return config.new_client_from_config(  # type: ignore[no-untyped-call]
            str(self.home.kubeconfig), context=self.context
        )

    def kubectl(
        self, *arguments: str, stdin: str = "", check: bool = True, timeout: float = 60.0
    ) -> str:
        """Standard output of the matching kubectl, run as the owner; as `proc.run` otherwise."""
        return self.run_kubectl(*arguments, stdin=stdin, check=check, timeout=timeout).text

    def run_kubectl(
        self, *arguments: str, stdin: str = "", check: bool = True, timeout: float = 60.0
    ) -> proc.Completed:
        """Like `kubectl`, with the exit code and standard error."""
        return proc.run(
            [kubectl.program(), "--context", self.context, *arguments],
            stdin=stdin.encode(),
            check=check,
            timeout=timeout,
            env=self.home.environment(),
        )

    def get(self, *arguments: str) -> Any:
        """The object or list that `kubectl get ... -o json` prints."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def start_machine(self, machine: Machine) -> None:
        """Have the host boot a machine that does not run, on the disk and TPM it has."""
        SandboxProvider().start(self.name, machine.name)

    def apply(self, manifest: str) -> None:
        """Create or change the objects of a YAML text."""
        self.kubectl("apply", "-f", "-", stdin=manifest)

    def asterism(self, *arguments: str, check: bool = True, timeout: float = 120.0) -> str:
        """Standard output of `asterism ARGUMENTS`, run as the owner."""
        return self.home.asterism(*arguments, check=check, timeout=timeout).text

    def wait_ready(self, within: float = READY_TIMEOUT) -> None:
        """Return when all nodes are Ready and CoreDNS is rolled out."""
        eventually(self._expect_nodes_ready, within=within, every=0.5)
        self.kubectl(
            "-n", "kube-system", "rollout", "status", "deployment/coredns",
            f"--timeout={within:g}s", timeout=within + 10,
        )  # fmt: skip

    def ready_nodes(self) -> set[str]:
        """Names of the nodes whose condition Ready is true."""
        return {
            node["metadata"]["name"]
            for node in self.get("nodes")["items"]
            if any(c["type"] == "Ready" and c["status"] == "True" for c in node_conditions(node))
        }

    def _expect_nodes_ready(self) -> None:
        wanted = {machine.name for machine in self.machines}
        assert self.ready_nodes() == wanted, f"{wanted - self.ready_nodes()} not Ready"


def mesh_addresses(cluster: Cluster) -> dict[str, IPv4Address]:
    """The address under which Kubernetes knows each node."""
    return {
        node["metadata"]["name"]: IPv4Address(
            next(a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP")
        )
        for node in cluster.get("nodes")["items"]
    }


def node_conditions(node: Any) -> list[Any]:
    """The conditions of a Node object; a node that never reported has none."""
    conditions: list[Any] = node.get("status", {}).get("conditions", [])
    return conditions
