"""Watches a cluster come up from inside its first node's network, the same way for every kind.

`python -m asterism.e2e.bench.observer KUBECONFIG NODES` waits for the file, then asks the API
server until NODES nodes are Ready and CoreDNS is rolled out, and prints when, as monotonic time.
"""

import base64
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from asterism import clock
from asterism.kube.rest import ApiClient, ApiError, ApiUnreachableError, ClientIdentity, condition

INTERVAL = 0.2
TIMEOUT = 180.0
COREDNS = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"


def main(arguments: list[str]) -> None:
    """Watch until all is there; raises TimeoutError after three minutes."""
    kubeconfig, nodes = Path(arguments[0]), int(arguments[1])
    deadline = clock.monotonic() + TIMEOUT
    _wait(kubeconfig.exists, deadline)
    with TemporaryDirectory() as folder:
        api = _client(yaml.safe_load(kubeconfig.read_text()), Path(folder))
        seen = {"api": _when(api.is_ready, deadline)}
        seen["nodes"] = _when(lambda: _ready_nodes(api) >= nodes, deadline)
        seen["dns"] = _when(lambda: _rolled_out(api), deadline)
    json.dump(seen, sys.stdout)


def _when(check: Any, deadline: float) -> float:
    _wait(lambda: _quiet(check), deadline)
    return clock.monotonic()


def _wait(check: Any, deadline: float) -> None:
    while not check():
        if clock.monotonic() > deadline:
            raise TimeoutError
        clock.sleep(INTERVAL)


def _quiet(check: Any) -> bool:
    try:
        return bool(check())
    except (ApiError, ApiUnreachableError):
        return False


def _ready_nodes(api: ApiClient) -> int:
    return sum(condition(node, "Ready") for node in api.get("/api/v1/nodes")["items"])


def _rolled_out(api: ApiClient) -> bool:
    deployment = api.get(COREDNS)
    wanted, status = deployment["spec"]["replicas"], deployment.get("status", {})
    return bool(
        status.get("observedGeneration") == deployment["metadata"]["generation"]
        and status.get("availableReplicas") == wanted
    )


def _client(kubeconfig: Any, folder: Path) -> ApiClient:
    cluster, user = kubeconfig["clusters"][0]["cluster"], kubeconfig["users"][0]["user"]
    certificate, key = folder / "crt", folder / "key"
    certificate.write_bytes(base64.b64decode(user["client-certificate-data"]))
    key.write_bytes(base64.b64decode(user["client-key-data"]))
    authority = base64.b64decode(cluster["certificate-authority-data"])
    identity = ClientIdentity(certificate, key)
    return ApiClient(cluster["server"], authority=authority, identity=identity)


if __name__ == "__main__":
    main(sys.argv[1:])
