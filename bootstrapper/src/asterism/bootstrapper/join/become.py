"""From a checked join answer to a running kubelet."""

import logging

from asterism.bootstrapper import cni, kubelet, networking, systemd
from asterism.bootstrapper.join.check import Joined
from asterism.bootstrapper.node import Node
from asterism.bootstrapper.trust.nodes import NODES
from asterism.errors import ProvisionError
from asterism.kube.rest import ApiClient, ClientIdentity, wait_for

_log = logging.getLogger(__name__)

ROUND = 600.0
"""Seconds between two complaints that the API does not show this node yet."""
INTERVAL = 0.15


def become_member(node: Node, joined: Joined) -> None:
    """Remember, bind PCR 15, then network and kubelet files. In that order; repeatable."""
    membership = joined.membership
    membership.save(node.directory)
    node.binding.bind(joined.genesis.cluster_id)
    node.membership = membership
    node.keys.keep_identity(joined.node_key, joined.node_certificate)
    networking.apply_mesh(membership.assignment)
    networking.apply_routes(membership.assignment, joined.peers)
    cni.write(membership.assignment.pod_range)
    kubelet.write_files(
        membership.assignment,
        joined.credentials,
        api_server=membership.api_server,
        cluster=joined.genesis.cluster,
    )


def start_kubelet(api_server: str, name: str, cluster_ca: bytes) -> None:
    """Start the kubelet once its Node exists.

    A kubelet that finds no API server waits ever longer between its attempts; started when there
    is something to find, it is Ready within a second.
    """
    identity = ClientIdentity(kubelet.CLIENT_CERTIFICATE, kubelet.CLIENT_KEY)
    api = ApiClient(api_server, authority=cluster_ca, identity=identity)
    while True:
        try:
            wait_for(
                lambda: bool(api.get(f"{NODES}/{name}")),
                what=f"Node {name} in the API",
                timeout=ROUND,
                interval=INTERVAL,
            )
            break
        except ProvisionError as exc:
            _log.warning("%s", exc)
    systemd.restart(kubelet.UNIT)
    kubelet.remember_start()
