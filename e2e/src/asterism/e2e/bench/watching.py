"""Runs the observer beside a cluster's first node while the cluster comes up."""

import json
import subprocess
import sys
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


class Watch:
    """An observer of one first node. Start it early: it waits for the node."""

    def __init__(self, machine: Machine, nodes: int) -> None:
        self._began = clock.monotonic()
        self._machine = machine
        self._nodes = nodes

    def readiness(self, process: "subprocess.Popen[bytes]") -> Readiness:
        """What `process`, from `observe`, saw."""
        output, _ = process.communicate(timeout=TIMEOUT)
        seen = json.loads(output)
        return Readiness(*(seen[name] - self._began for name in ("api", "nodes", "dns")))

    def observe(self) -> "subprocess.Popen[bytes]":
        """Wait for the node's init, then start the observer in its network."""
        init = eventually(lambda: self._machine.init, within=START_TIMEOUT, every=0.05)
        return subprocess.Popen(
            ["nsenter", f"--net=/proc/{init.pid}/ns/net", sys.executable, "-m",
             "asterism.e2e.bench.observer", f"/proc/{init.pid}/root{ADMIN}", str(self._nodes)],
            stdout=subprocess.PIPE,
        )  # fmt: skip
