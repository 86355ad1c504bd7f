"""Pods that talk: small manifests around the agnhost image that every node has in its root."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from asterism.config.versions import AGNHOST_IMAGE
from asterism.e2e.cluster import Cluster
from asterism.e2e.waiting import eventually

PORT = 8080
POD_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Namespace:
    """A Kubernetes namespace of one test."""

    cluster: Cluster
    name: str

    def kubectl(self, *arguments: str, stdin: str = "", timeout: float = POD_TIMEOUT) -> str:
        """`Cluster.kubectl` in this namespace."""
        return self.cluster.kubectl("-n", self.name, *arguments, stdin=stdin, timeout=timeout)

    def get(self, *arguments: str) -> Any:
        """`Cluster.get` in this namespace."""
        return self.cluster.get("-n", self.name, *arguments)

    def apply(self, *objects: dict[str, Any]) -> None:
        """Create or change objects."""
        self.kubectl("apply", "-f", "-", stdin="\n---\n".join(map(json.dumps, objects)))

    def run_server(self, pod: str, *, node: str) -> None:
        """Start a pod that serves and dials for tests, on `node`; return when it is Ready."""
        self.apply(server_pod(pod, node=node))
        self.kubectl("wait", f"pod/{pod}", "--for=condition=Ready", f"--timeout={POD_TIMEOUT:g}s")

    def dial(self, pod: str, host: str, port: int, *, request: str = "hostname") -> set[str]:
        """What `host:port` answers to HTTP requests that the pod `pod` makes, ten times.

        Raises AssertionError when one of them fails.
        """
        query = urlencode({"host": host, "port": port, "request": request, "tries": 10})
        path = f"/api/v1/namespaces/{self.name}/pods/{pod}:{PORT}/proxy/dial?{query}"
        done = self.cluster.run_kubectl("get", "--raw", path, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        answer = json.loads(done.text)
        assert not answer.get("errors"), f"{host}:{port} from {pod}: {answer['errors']}"
        return set(answer["responses"])

    def eventually_dial(self, pod: str, host: str, port: int, *, within: float = 20) -> set[str]:
        """`dial`, tried again until every request is answered."""
        return eventually(partial(self.dial, pod, host, port), within=within)


def server_container() -> dict[str, Any]:
    """A container that serves HTTP on PORT and dials others on request."""
    return {
        "name": "server",
        "image": AGNHOST_IMAGE,
        "imagePullPolicy": "Never",
        "args": ["netexec", f"--http-port={PORT}"],
        "ports": [{"containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": PORT}, "periodSeconds": 1},
    }


def server_pod(name: str, *, node: str) -> dict[str, Any]:
    """A pod of one server container on a node."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": node},
            "terminationGracePeriodSeconds": 1,
            "containers": [server_container()],
        },
    }


def server_deployment(name: str, *, replicas: int) -> dict[str, Any]:
    """Servers spread evenly over the nodes."""
    labels = {"app": name}
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": labels},
        "matchLabelKeys": ["pod-template-hash"],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "terminationGracePeriodSeconds": 1,
                    "topologySpreadConstraints": [spread],
                    "containers": [server_container()],
                },
            },
        },
    }


def service(name: str, *, kind: str = "ClusterIP") -> dict[str, Any]:
    """A Service on port 80 for the pods labelled `app: NAME`."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "type": kind,
            "selector": {"app": name},
            "ports": [{"port": 80, "targetPort": PORT}],
        },
    }


def job_spec(*arguments: str) -> dict[str, Any]:
    """The spec of a Job that runs agnhost once with `arguments`."""
    container = {
        "name": "task",
        "image": AGNHOST_IMAGE,
        "imagePullPolicy": "Never",
        "args": list(arguments),
    }
    return {
        "backoffLimit": 0,
        "template": {"spec": {"restartPolicy": "Never", "containers": [container]}},
    }
