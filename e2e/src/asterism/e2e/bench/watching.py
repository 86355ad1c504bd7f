"""Runs the observer beside a cluster's first node while the cluster comes up."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from asterism import clock
from asterism.e2e.machine import Machine
from asterism.e2e.waiting import eventually

ADMIN = "/etc/kubernetes/super-admin.conf"
"""kubeadm's administrator: the only kubeconfig with rights from the first second on."""

START_TIMEOUT = 60.0
TIMEOUT = 200.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """Seconds from a start until the API was ready, all nodes were, and CoreDNS was rolled out."""

    api: float
    nodes: float
    dns: float


@contextmanager
def watching(machine: Machine, nodes: int) -> Iterator[Callable[[], Readiness]]:
    """An observer beside `machine`, which need not be there yet; calling what it gives waits for
    `nodes` Ready nodes and DNS. Times count from here; the observer ends with the body.
    """
    began = clock.monotonic()
    with ThreadPoolExecutor(1) as pool:
        observer = pool.submit(_observe, machine, nodes)
        try:
            yield lambda: _readiness(observer.result(), began)
        finally:
            if observer.exception() is None:
                observer.result().kill()
                observer.result().communicate()


def _observe(machine: Machine, nodes: int) -> "subprocess.Popen[bytes]":
    """Wait for the node's init, then start the observer in its network."""
    init = eventually(lambda: machine.init, within=START_TIMEOUT, every=0.05)
    return subprocess.Popen(
        ["nsenter", f"--net=/proc/{init.pid}/ns/net", sys.executable, "-m",
         "asterism.e2e.bench.observer", f"/proc/{init.pid}/root{ADMIN}", str(nodes)],
        stdout=subprocess.PIPE,
    )  # fmt: skip


def _readiness(observer: "subprocess.Popen[bytes]", began: float) -> Readiness:
    output, _ = observer.communicate(timeout=TIMEOUT)
    seen = json.loads(output)
    return Readiness(*(seen[name] - began for name in ("api", "nodes", "dns")))
