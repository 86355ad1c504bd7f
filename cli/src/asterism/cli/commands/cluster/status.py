"""`asterism cluster status`."""

from typing import TYPE_CHECKING

import click

from asterism.cli import options
from asterism.cli.render import output

if TYPE_CHECKING:
    from asterism.cluster.status import Node

HELP = """Show what is protected, and the nodes, as the cluster itself says in an attested session.

The machine that answers is verified first, and must belong to the cluster pinned in your
configuration.
"""


@click.command(help=HELP)
@options.cluster_name()
@options.output()
@options.manners
def command(name: str) -> None:
    """Show a cluster."""
    from asterism.cluster import state

    record = state.load(name)
    from asterism.cluster import pin, status
    from asterism.cluster.home import OwnerHome

    home = OwnerHome.current()
    pinned = pin.require(home, name)
    found = status.status(record, pinned, home.owner_key())
    identity = pinned.cluster_id.hex()
    fields = {
        "name": name,
        "id": identity,
        "server": record.server,
        "state": found.state,
        "network": found.network,
        "nodes": [_document(node) for node in found.nodes],
        "missing": list(status.missing(record, found)),
    }
    labels = sorted({label for node in found.nodes for label in node.labels})
    head = [
        f"cluster: {name} ({identity[:16]})",
        f"server:  {record.server}",
        f"state: {found.state}",
        f"network: {found.network}",
        f"labels:  {', '.join(labels) or 'none'}",
        *[f"missing: {machine} is not a member" for machine in status.missing(record, found)],
        "",
    ]
    result = output.Result(
        "ClusterStatus",
        fields,
        rows=[_row(node) for node in found.nodes],
        header=("NODE", "ROLE", "READY", "VERSION", "MESH", "PODS", "LABELS"),
        prose="\n".join(head),
        wide=[(node.platform,) for node in found.nodes],
        wide_header=("PLATFORM",),
        names=[node.name for node in found.nodes],
    )
    output.show(result, options.settings())


def _document(node: "Node") -> dict[str, object]:
    return {
        "name": node.name,
        "role": node.role,
        "ready": node.ready,
        "version": node.version,
        "meshAddress": node.mesh_address,
        "podRange": node.pod_range,
        "labels": list(node.labels),
        "platform": node.platform,
    }


def _row(node: "Node") -> tuple[str, ...]:
    return (
        node.name,
        node.role,
        "yes" if node.ready else "no",
        node.version or "-",
        node.mesh_address,
        node.pod_range,
        ",".join(node.labels) or "-",
    )
