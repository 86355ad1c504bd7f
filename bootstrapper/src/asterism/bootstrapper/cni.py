"""The CNI configuration of this node, from the template in the image."""

import json
from ipaddress import IPv4Network
from pathlib import Path

from asterism.bootstrapper import durable

TEMPLATE = Path(__file__).with_name("10-asterism.conflist")
"""A link to the template in `cni-config/`, so that it is shipped and measured with the code."""
TARGET = Path("/etc/cni/net.d/10-asterism.conflist")
WORLD_READABLE = 0o644


def fill(template: str, pod_range: IPv4Network) -> str:
    """The conflist for pods of `pod_range`; KeyError if the template has another form."""
    conflist = json.loads(template)
    bridge = next(plugin for plugin in conflist["plugins"] if plugin["type"] == "bridge")
    bridge["ipam"]["ranges"] = [[{"subnet": str(pod_range)}]]
    return json.dumps(conflist, indent=2) + "\n"


def write(pod_range: IPv4Network) -> None:
    """Write this node's conflist."""
    filled = fill(TEMPLATE.read_text(), pod_range)
    durable.write(TARGET, filled.encode(), WORLD_READABLE)
