"""The node's own network: its mesh address, routes to its peers, what it answers on the wires.

Rendering is pure; `apply_*` hands the text to `ip` and `nft`. Until the mesh carries traffic in
attested sessions (`network: CLEAR`), peers' mesh addresses and pods are routed over the underlay.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address

from asterism import proc
from asterism.bootstrapper.assignment import Assignment, Peer
from asterism.config import network

ROUTE_PROTOCOL = "85"
"""Marks our routes in the kernel's table (rtnetlink(7), a number that nobody else uses)."""

TABLE = "asterism"
SOURCE_TABLE = "asterism-source"

MASQUERADE_BIT = 14
"""The bit by which kube-proxy marks connections that need another source (its default)."""


def mesh_commands(own: Assignment) -> str:
    """`ip -batch` lines for the mesh address.

    The interface is a bridge without ports: it only has to hold an address, and unlike a dummy
    device it exists wherever pods can be networked. Service addresses lead there, too: programs of
    the node thus call services from the mesh address, and what kube-proxy does not translate ends
    here instead of on the wires.
    """
    device = network.MESH_INTERFACE
    return (
        f"link add name {device} type bridge\n"
        f"address replace {own.mesh_address}/32 dev {device}\n"
        f"link set dev {device} up\n"
        f"route replace {network.SERVICES} dev {device} src {own.mesh_address}\n"
    )


def route_commands(own: Assignment, peers: Iterable[Peer]) -> str:
    """`ip -batch` lines: each peer's mesh address and pods by way of its underlay address."""
    others = [p for p in peers if p.assignment.name != own.name]
    return "".join(
        f"route replace {target} via {peer.underlay_address}"
        f" dev {network.UNDERLAY_INTERFACE} src {own.mesh_address} proto {ROUTE_PROTOCOL}\n"
        for peer in sorted(others, key=lambda p: p.assignment.name)
        for target in (f"{peer.assignment.mesh_address}/32", peer.assignment.pod_range)
    )


def stale_routes(shown: str, wanted: str) -> list[str]:
    """Targets of our routes in `ip route show proto N` that `wanted` (commands) does not have."""
    keep = {line.split()[2].removesuffix("/32") for line in wanted.splitlines()}
    return [line.split()[0] for line in shown.splitlines() if line and line.split()[0] not in keep]


def ruleset() -> str:
    """The nftables rules of a node's wires, in one transaction (docs/ports.md).

    Only the attest port answers strangers. What comes for mesh addresses and pods must claim to
    come from a mesh address or pod: a filter against strays, not a proof of origin.
    """
    wires, members = network.UNDERLAY_INTERFACE, f"{{ {network.MESH}, {network.PODS} }}"
    return f"""\
table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname != "{wires}" accept
    ct state established,related accept
    ip saddr {members} ip daddr {members} accept
    tcp dport {network.ATTEST_PORT} ip daddr {network.UNDERLAY} accept
    meta l4proto icmp accept
    drop
  }}
  chain forward {{
    type filter hook forward priority filter; policy accept;
    iifname != "{wires}" accept
    ct state established,related accept
    ip saddr {members} ip daddr {members} accept
    drop
  }}
}}
"""


def source_ruleset(own: Assignment) -> str:
    """What kube-proxy would masquerade leaves for other members from the mesh address.

    Masquerading takes the wires' address, from which members accept nothing: programs of a node
    could not reach services whose pods are elsewhere.
    """
    members, mark = f"{{ {network.MESH}, {network.PODS} }}", hex(1 << MASQUERADE_BIT)
    wires = network.UNDERLAY_INTERFACE
    return f"""\
table inet {SOURCE_TABLE}
delete table inet {SOURCE_TABLE}
table inet {SOURCE_TABLE} {{
  chain postrouting {{
    type nat hook postrouting priority srcnat - 10; policy accept;
    oifname "{wires}" ip daddr {members} meta mark & {mark} == {mark} snat ip to {own.mesh_address}
  }}
}}
"""


def apply_rules() -> None:
    """Install the rules, in place of earlier ones of ours."""
    proc.run(["nft", "-f", "-"], stdin=ruleset().encode())


def apply_mesh(own: Assignment) -> None:
    """Give this node its mesh address, also as source. Repeating it changes nothing."""
    exists = proc.run(["ip", "link", "show", network.MESH_INTERFACE], check=False).returncode == 0
    lines = mesh_commands(own).splitlines(keepends=True)
    _batch("".join(lines[1:] if exists else lines))
    proc.run(["nft", "-f", "-"], stdin=source_ruleset(own).encode())


def apply_routes(own: Assignment, peers: Iterable[Peer]) -> None:
    """Have exactly the routes to `peers`."""
    wanted = route_commands(own, peers)
    _batch(wanted)
    shown = proc.run(["ip", "-4", "route", "show", "proto", ROUTE_PROTOCOL]).text
    gone = stale_routes(shown, wanted)
    _batch("".join(f"route del {target} proto {ROUTE_PROTOCOL}\n" for target in gone))


def own_underlay_address() -> IPv4Address:
    """The address the host gave this machine's wires; ProvisionError INT-002 without one."""
    shown = proc.run(["ip", "-4", "-o", "address", "show", "dev", network.UNDERLAY_INTERFACE]).text
    return parse_address(shown)


def parse_address(shown: str) -> IPv4Address:
    """The address in the first line of `ip -4 -o address show`."""
    words = shown.split()
    return IPv4Address(words[words.index("inet") + 1].partition("/")[0])


def _batch(commands: str) -> None:
    if commands:
        proc.run(["ip", "-batch", "-"], stdin=commands.encode())
