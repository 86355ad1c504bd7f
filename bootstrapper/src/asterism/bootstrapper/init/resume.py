"""A control plane after a restart, of its agent or of the machine."""

import logging

from asterism.bootstrapper import control_plane, kubelet
from asterism.bootstrapper.init import bring_up, founding
from asterism.bootstrapper.init.founding import Founding
from asterism.bootstrapper.init.run import InitTask, is_done
from asterism.bootstrapper.node import Node
from asterism.errors import AttestationError, ProvisionError

_log = logging.getLogger(__name__)


def resume(node: Node, task: InitTask) -> None:
    """Go on from what the state disk holds; without a signed genesis, wait for the owner's init."""
    if node.membership is None:
        _log.info("waiting for the owner's init")
        return
    begun = signed_founding(node)
    if not is_done(node):
        task.go_on(begun, node.membership.genesis)
        return
    own = control_plane.join_cluster(node, begun, node.membership.genesis)
    node.keeper = control_plane.serve(node, begun)
    if not kubelet.is_started():
        plane = control_plane.plane_of(node, begun, own)
        bring_up.bring_up(own, begun.authorities, plane, again=True).wait()
        kubelet.remember_start()


def signed_founding(node: Node) -> Founding:
    """The founding whose genesis is the signed one; JOI-202, 501 or 505 otherwise."""
    begun = founding.load(node.directory)
    if begun is None or node.membership is None:
        raise ProvisionError("JOI-501", "a member without its founding")
    genesis = node.membership.open_genesis(node.machine.owners)
    if genesis.cluster_id != begun.genesis.cluster_id:
        raise AttestationError.of(
            "JOI-202",
            claim="genesis",
            expected=genesis.cluster_id.hex(),
            got=begun.genesis.cluster_id.hex(),
            source="state disk",
        )
    return begun
