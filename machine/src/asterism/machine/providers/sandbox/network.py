"""A cluster's wires: a network namespace with one bridge, and a cable to each machine.

Nothing is added to the host's own interfaces, routes or rules, so every cluster can use the same
addresses. Names are derived from the cluster's, so a half-made network can always be removed.
"""

import os
from contextlib import suppress
from hashlib import sha256
from ipaddress import IPv4Address
from pathlib import Path

from asterism.config import network
from asterism.net import links, netns

BRIDGE = "br0"
GATEWAY = network.UNDERLAY[1]
"""The bridge's address. Nodes route to it by default: the kernel looks for a route to a service
address before kube-proxy's rules rewrite it. Nothing lies behind it."""

SYSCTLS = {"ipv4/ip_forward": "1", "ipv6/conf/all/forwarding": "1"}


def namespace_of(cluster: str) -> str:
    """The name of the cluster's network namespace."""
    return f"ast-{sha256(cluster.encode()).hexdigest()[:10]}"


def create(cluster: str) -> str:
    """Make the cluster's network, or what is missing of it; its namespace's name.

    Callers hold the cluster's lock. Raises ProvisionError INT-002.
    """
    name = namespace_of(cluster)
    netns.create(name)
    if not links.exists(BRIDGE, namespace=name):
        commands = ["link set lo up", f"link add {BRIDGE} type bridge forward_delay 0"]
        links.configure(commands, namespace=name)
    links.configure(
        [
            f"addr replace {GATEWAY}/{network.UNDERLAY.prefixlen} dev {BRIDGE}",
            f"link set {BRIDGE} up",
        ],
        namespace=name,
    )
    return name


def delete(cluster: str) -> None:
    """Remove the cluster's network with all cables that are left. Raises ProvisionError INT-002."""
    netns.delete(namespace_of(cluster))


def plug_in(cluster: str, link: str, address: IPv4Address, init: int) -> None:
    """Lay a cable from the bridge to the node whose init is process `init`, and address its end.

    Raises ProvisionError MCH-003 without a network, INT-002 when `ip` refuses.
    """
    name = namespace_of(cluster)
    inside = network.UNDERLAY_INTERFACE
    with netns.entered(netns.path_of(name)):
        links.delete(link)
        links.configure(
            [
                f"link add {link} type veth peer name {inside} netns {init}",
                f"link set {link} master {BRIDGE} up",
            ]
        )
    with netns.entered(Path(f"/proc/{init}/ns/net")):
        links.configure(
            [
                "link set lo up",
                f"addr add {address}/{network.UNDERLAY.prefixlen} dev {inside}",
                f"link set {inside} up",
                f"route add default via {GATEWAY}",
            ]
        )
        _forward()


def unplug(cluster: str, link: str) -> None:
    """Remove a machine's cable if it and the network are there. Raises ProvisionError INT-002."""
    name = namespace_of(cluster)
    if netns.exists(name):
        links.delete(link, namespace=name)


def _forward() -> None:
    for key, value in SYSCTLS.items():
        with suppress(FileNotFoundError):  # a kernel without IPv6
            Path(os.path.join("/proc/sys/net", key)).write_text(value)
