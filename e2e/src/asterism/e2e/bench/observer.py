"""Watches a cluster come up as any client would, the same way for every kind.

`python -m asterism.e2e.bench.observer KUBECONFIG NODES` waits for its context, then asks the API
server until NODES nodes are Ready and CoreDNS is rolled out, and prints when, as monotonic time.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client, config
from urllib3.exceptions import HTTPError

from asterism import clock

INTERVAL = 0.2
TIMEOUT = 180.0
REQUEST_TIMEOUT = 2.0


def main(arguments: list[str]) -> None:
    """Watch until all is there; raises TimeoutError after three minutes."""
    kubeconfig, nodes = Path(arguments[0]), int(arguments[1])
    deadline = clock.monotonic() + TIMEOUT
    _when(lambda: _has_context(kubeconfig), deadline)
    api = config.new_client_from_config(str(kubeconfig))  # type: ignore[no-untyped-call]
    core, apps = client.CoreV1Api(api), client.AppsV1Api(api)
    seen = {"nodes": _when(lambda: _ready_nodes(core) >= nodes, deadline)}
    seen["dns"] = _when(lambda: _rolled_out(apps), deadline)
    json.dump(seen, sys.stdout)


def _has_context(kubeconfig: Path) -> bool:
    """Whether the file is there and says where to go; a deleted cluster leaves it empty."""
    try:
        return bool(yaml.safe_load(kubeconfig.read_text())["current-context"])
    except (FileNotFoundError, KeyError, TypeError):
        return False


def _when(check: Callable[[], bool], deadline: float) -> float:
    while not _quiet(check):
        if clock.monotonic() > deadline:
            raise TimeoutError
        clock.sleep(INTERVAL)
    return clock.monotonic()


def _quiet(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (client.ApiException, HTTPError):
        return False


def _ready_nodes(core: Any) -> int:
    nodes = core.list_node(_request_timeout=REQUEST_TIMEOUT).items
    return sum(
        any(c.type == "Ready" and c.status == "True" for c in node.status.conditions or [])
        for node in nodes
    )


def _rolled_out(apps: Any) -> bool:
    deployment = apps.read_namespaced_deployment(
        "coredns", "kube-system", _request_timeout=REQUEST_TIMEOUT
    )
    return bool(
        deployment.status.observed_generation == deployment.metadata.generation
        and deployment.status.available_replicas == deployment.spec.replicas
    )


if __name__ == "__main__":
    main(sys.argv[1:])
