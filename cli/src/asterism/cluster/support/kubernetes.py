"""Parts that the cluster itself tells: its status, and the objects of Kubernetes.

Secrets and ConfigMaps are never asked for. Of the objects that are, what their owners may have
written a secret into is taken out.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import asdict
from functools import partial
from typing import Any

from asterism.cluster import kubeconfig, pin, state
from asterism.cluster.api import Api
from asterism.cluster.home import OwnerHome
from asterism.cluster.status import status
from asterism.cluster.support.part import Part
from asterism.kube.kubeconfig import Entry

PATHS = {
    "nodes": "/api/v1/nodes",
    "events": "/api/v1/events",
    "pods": "/api/v1/pods",
    "services": "/api/v1/services",
    "leases": "/apis/coordination.k8s.io/v1/leases",
    "deployments": "/apis/apps/v1/deployments",
    "daemonsets": "/apis/apps/v1/daemonsets",
    "version": "/version",
}
SECONDS = 15.0
HIDDEN = "[redacted: an object's value]"
HIDDEN_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
NOISE = ("managedFields",)

Submit = Callable[[Callable[[], Entry]], "Future[Entry]"]


def parts(name: str, home: OwnerHome, submit: Submit) -> Iterator[Part]:
    """Status and objects. `submit` runs what gets the owner's certificate, once for all parts."""
    yield Part("kubernetes/status.json", partial(_status, name, home))
    entry = submit(partial(_entry, name, home))
    for kind, path in PATHS.items():
        yield Part(f"kubernetes/{kind}.json", partial(_objects, name, entry, path))


def _entry(name: str, home: OwnerHome) -> Entry:
    known = pin.require(home, name)
    known.opened_genesis()
    return kubeconfig.issue(state.load(name), known, home.owner_key())


def _status(name: str, home: OwnerHome) -> bytes:
    known = pin.require(home, name)
    known.opened_genesis()
    found = status(state.load(name), known, home.owner_key())
    return json.dumps(asdict(found), indent=1).encode()


def _objects(name: str, entry: "Future[Entry]", path: str) -> bytes:
    port = state.load(name).relay_port
    with closing(Api(port, entry.result(), timeout=SECONDS)) as api:
        return json.dumps(without_values(api.get(path)), indent=1).encode()


def without_values(value: Any) -> Any:
    """An object without what its author may have put a secret into."""
    if isinstance(value, list):
        return [without_values(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _kept(key, item) for key, item in value.items() if key not in NOISE}


def _kept(key: str, value: Any) -> Any:
    if key == HIDDEN_ANNOTATION or key in ("data", "stringData"):
        return HIDDEN
    if key == "env" and isinstance(value, list):
        return [_hide_value(item) for item in value]
    return without_values(value)


def _hide_value(variable: Any) -> Any:
    if isinstance(variable, dict) and "value" in variable:
        return {**variable, "value": HIDDEN}
    return variable
