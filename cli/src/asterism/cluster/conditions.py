"""The named conditions of a cluster that works, and waiting for them while saying what is missing.

Pure functions of API objects, but for `wait`, which polls.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from asterism import clock
from asterism.cluster.api import Api, ApiError, KubeObject
from asterism.cluster.events import Watcher, step
from asterism.errors import ProvisionError

INTERVAL = 0.15

Check: TypeAlias = Callable[[KubeObject], str]
"""What is still missing, for people; empty once the condition holds."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing to wait for: where to look and what to see there."""

    name: str
    title: str
    path: str
    missing: Check


def of_cluster(nodes: Sequence[str]) -> list[Condition]:
    """Every node Ready, DNS serving, service routing in place on every node."""
    ready = [
        Condition(f"node-ready/{name}", f"{name} is Ready", f"/api/v1/nodes/{name}", node_missing)
        for name in nodes
    ]
    apps = "/apis/apps/v1/namespaces/kube-system"
    return [
        *ready,
        Condition("dns", "CoreDNS serves", f"{apps}/deployments/coredns", deployment_missing),
        Condition(
            "kube-proxy",
            "kube-proxy is rolled out",
            f"{apps}/daemonsets/kube-proxy",
            daemons_missing,
        ),
    ]


def node_missing(node: KubeObject) -> str:
    """For a Node: its condition Ready must be True."""
    for condition in node.get("status", {}).get("conditions", []):
        if condition.get("type") == "Ready":
            if condition.get("status") == "True":
                return ""
            return str(condition.get("message") or condition.get("reason") or "not Ready")
    return "the kubelet has not reported yet"


def deployment_missing(deployment: KubeObject) -> str:
    """For a Deployment: this generation, all replicas updated and available."""
    wanted = deployment.get("spec", {}).get("replicas", 1)
    return _rollout(deployment, wanted, "replicas", "updatedReplicas", "availableReplicas")


def daemons_missing(daemons: KubeObject) -> str:
    """For a DaemonSet: this generation, on every node updated and available."""
    wanted = daemons.get("status", {}).get("desiredNumberScheduled", 0)
    if wanted == 0:
        return "nothing is scheduled yet"
    return _rollout(daemons, wanted, "updatedNumberScheduled", "numberAvailable")


def wait(api: Api, conditions: Sequence[Condition], watch: Watcher, *, deadline: float) -> None:
    """Wait for all conditions, reporting each when it first holds.

    `deadline` is on the monotonic clock. ProvisionError CLU-007 names what was still missing.
    """
    with step(watch, "conditions", "Wait for nodes and add-ons") as running:
        missing = {condition.name: "not looked at yet" for condition in conditions}
        while missing:
            for condition in conditions:
                if condition.name in missing:
                    missing[condition.name] = _look(api, condition)
                    if not missing[condition.name]:
                        del missing[condition.name]
                        running.met(condition.title)
            if missing:
                _require_time(conditions, missing, deadline)
                clock.sleep(INTERVAL)


def _look(api: Api, condition: Condition) -> str:
    try:
        return condition.missing(api.get(condition.path))
    except ApiError as exc:
        return exc.detail


def _require_time(
    conditions: Sequence[Condition], missing: dict[str, str], deadline: float
) -> None:
    if clock.monotonic() > deadline:
        first = next(c for c in conditions if c.name in missing)
        raise ProvisionError("CLU-007", f"not in time: {first.title}", **missing)


def _rollout(workload: KubeObject, wanted: int, *counts: str) -> str:
    status = workload.get("status", {})
    if status.get("observedGeneration", 0) < workload.get("metadata", {}).get("generation", 1):
        return "its controller has not seen it yet"
    for count in counts:
        if status.get(count, 0) != wanted:
            return f"{count} is {status.get(count, 0)} of {wanted}"
    return ""
