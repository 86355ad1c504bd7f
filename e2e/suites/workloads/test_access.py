"""How an owner reaches into a pod: logs, exec, port-forward."""

import re
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from asterism.e2e import kubectl
from asterism.e2e.cluster import Cluster
from asterism.e2e.machine import Machine
from asterism.e2e.pods import PORT, Namespace
from asterism.e2e.waiting import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.root]


@pytest.fixture(params=["cp-1", "worker-1"])
def server(
    request: pytest.FixtureRequest, namespace: Namespace, confidential_cluster: Cluster
) -> Namespace:
    """A namespace with the pod `server` on one of the nodes."""
    node: Machine = confidential_cluster.machine(request.param)
    namespace.run_server("server", node=node.name)
    return namespace


def test_logs_show_what_a_container_wrote(server: Namespace) -> None:
    """`kubectl logs` reaches the kubelet of either node."""
    server.dial("server", "127.0.0.1", PORT)

    def expect_request() -> None:
        assert "/hostname" in server.kubectl("logs", "server")

    eventually(expect_request, within=10)


def test_exec_runs_a_program_in_the_container(server: Namespace) -> None:
    """`kubectl exec` brings back a program's output."""
    suffixes = server.kubectl("exec", "server", "--", "/agnhost", "dns-suffix")
    assert suffixes.startswith(f"{server.name}.svc.cluster.local")


def test_port_forward_carries_http(server: Namespace) -> None:
    """A local port leads into the pod."""
    with forwarded(server, "pod/server", PORT) as port:
        answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/hostname", timeout=10)
        with answer:
            assert answer.read() == b"server"


@contextmanager
def forwarded(namespace: Namespace, target: str, port: int) -> Iterator[int]:
    """A local port that `kubectl port-forward` leads to `port` of `target`."""
    cluster = namespace.cluster
    running = subprocess.Popen(
        [kubectl.program(), "--context", cluster.context, "-n", namespace.name,
         "port-forward", target, f":{port}", "--address=127.0.0.1"],
        stdout=subprocess.PIPE,
        env=cluster.home.environment(),
    )  # fmt: skip
    try:
        assert running.stdout is not None
        line = running.stdout.readline().decode()
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        assert found is not None, f"port-forward said {line!r}"
        yield int(found[1])
    finally:
        running.terminate()
        running.communicate(timeout=10)
