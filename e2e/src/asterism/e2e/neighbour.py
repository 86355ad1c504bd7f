"""A stranger on a cluster's wires: a network namespace with one leg on the underlay."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address

from asterism import proc
from asterism.config import network
from asterism.machine.providers.sandbox import network as wires
from asterism.net import links, netns

ADDRESS = network.UNDERLAY[250]
SCAN_TIMEOUT = 180.0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A named network namespace on the same wires as a cluster's machines."""

    namespace: str

    def run(self, *argv: str, timeout: float = 60.0, check: bool = True) -> proc.Completed:
        """Run a program there."""
        enter = ["ip", "netns", "exec", self.namespace]
        return proc.run([*enter, *argv], timeout=timeout, check=check)

    def route(self, address: IPv4Address, *, via: IPv4Address) -> None:
        """Send what is for `address` to the machine at `via`, asked for or not."""
        links.configure([f"route replace {address}/32 via {via}"], namespace=self.namespace)

    def open_ports(self, *addresses: IPv4Address) -> dict[str, list[int]]:
        """The TCP ports of each address that answer, all 65,535 tried."""
        scan = [sys.executable, "-m", "asterism.e2e.portscan", *map(str, addresses)]
        found: dict[str, list[int]] = json.loads(self.run(*scan, timeout=SCAN_TIMEOUT).text)
        return found


@contextmanager
def neighbour_of(cluster: str) -> Iterator[Neighbour]:
    """A neighbour of `cluster`'s machines, plugged into the bridge that the host owns."""
    name = f"neighbour-{os.getpid()}"
    netns.create(name)
    try:
        _plug_in(name, bridge_in=wires.namespace_of(cluster))
        yield Neighbour(name)
    finally:
        netns.delete(name)


def _plug_in(name: str, *, bridge_in: str) -> None:
    link = f"nb{os.getpid()}"
    links.configure(
        [
            f"link add {link} type veth peer name eth0 netns {name}",
            f"link set {link} master {wires.BRIDGE} up",
        ],
        namespace=bridge_in,
    )
    links.configure(
        [
            "link set lo up",
            f"addr add {ADDRESS}/{network.UNDERLAY.prefixlen} dev eth0",
            "link set eth0 up",
        ],
        namespace=name,
    )
