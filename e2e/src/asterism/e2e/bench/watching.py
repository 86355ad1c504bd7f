"""Runs the observer while a cluster comes up."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asterism import clock
from asterism.e2e.machine import Machine
from asterism.e2e.waiting import eventually

ADMIN = "/etc/kubernetes/super-admin.conf"
"""kubeadm's administrator: the only kubeconfig of the plain peer with rights from the start."""

START_TIMEOUT = 60.0
TIMEOUT = 200.0

Observer = Callable[[], "subprocess.Popen[bytes]"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """Seconds from the start until all nodes were Ready, and until CoreDNS was rolled out."""

    nodes: float
    dns: float


@contextmanager
def watching(observer: Observer) -> Iterator[Callable[[], Readiness]]:
    """Run `observer` beside the body; calling what it gives waits until all was seen.

    Times count from here; the observer ends with the body.
    """
    began = clock.monotonic()
    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(observer)
        try:
            yield lambda: _readiness(started.result(), began)
        finally:
            if started.exception() is None:
                started.result().kill()
                started.result().communicate()


def from_host(kubeconfig: Path, nodes: int) -> Observer:
    """An observer that goes where the owner's kubectl goes, as soon as there is a kubeconfig."""
    return lambda: _start([], kubeconfig, nodes)


def from_node(machine: Machine, nodes: int) -> Observer:
    """An observer in the network of a first node, which need not be there yet."""

    def start() -> "subprocess.Popen[bytes]":
        init = eventually(lambda: machine.init, within=START_TIMEOUT, every=0.05)
        enter = ["nsenter", f"--net=/proc/{init.pid}/ns/net"]
        return _start(enter, Path(f"/proc/{init.pid}/root{ADMIN}"), nodes)

    return start


def _start(enter: list[str], kubeconfig: Path, nodes: int) -> "subprocess.Popen[bytes]":
    module = [sys.executable, "-m", "asterism.e2e.bench.observer", str(kubeconfig), str(nodes)]
    return subprocess.Popen([*enter, *module], stdout=subprocess.PIPE)


def _readiness(observer: "subprocess.Popen[bytes]", began: float) -> Readiness:
    output, _ = observer.communicate(timeout=TIMEOUT)
    seen = json.loads(output)
    return Readiness(seen["nodes"] - began, seen["dns"] - began)
