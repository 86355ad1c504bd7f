"""A control plane in service: trust service, routes to members, Node objects.

Begun by init, and again after every restart from what lies on the state disk.
"""

import logging
import threading
from dataclasses import replace

from asterism import clock
from asterism.attestation.findings import Findings
from asterism.bootstrapper import certificates, kube_access, networking
from asterism.bootstrapper.assignment import Assignment, Peer
from asterism.bootstrapper.init.founding import Founding
from asterism.bootstrapper.init.kubeadm_config import ControlPlane
from asterism.bootstrapper.keymemory import NODE_KEY
from asterism.bootstrapper.machine_identity import Machine
from asterism.bootstrapper.membership import Membership
from asterism.bootstrapper.node import Node
from asterism.bootstrapper.trust.admission import TEE_NAME
from asterism.bootstrapper.trust.keeper import NodeKeeper
from asterism.bootstrapper.trust.ledger import Ledger, LedgerFile, Member
from asterism.bootstrapper.trust.nodes import api_server
from asterism.bootstrapper.trust.service import Cluster, TrustService
from asterism.config import network
from asterism.errors import Error
from asterism.keys.documents import SignedDocument

_log = logging.getLogger(__name__)

LEDGER = "ledger.json"
ROUTE_RETRY = 1.0


def first_ledger(machine: Machine, cluster_id: bytes) -> Ledger:
    """The ledger of a new cluster: this machine is its first member.

    The nonce of its own grant is the create nonce, which all grants of this creation carry.
    """
    empty = Ledger(cluster_id, machine.grant.nonce)
    address, pods = empty.free_place()
    own = Assignment(machine.grant.slot, machine.grant.role, address, pods, generation=1)
    return empty.with_member(own_member(machine, own))


def own_member(machine: Machine, own: Assignment) -> Member:
    """This machine in its own ledger."""
    return Member(
        Peer(own, machine.underlay_address, network.ATTEST_PORT),
        machine.platform,
        machine.chip,
        TEE_NAME,
        machine.emulated,
    )


def join_cluster(node: Node, founding: Founding, document: SignedDocument) -> Assignment:
    """Make this machine the first member of its own cluster, durably; repeatable.

    In this order: membership (with the signed genesis) on disk, PCR 15, ledger on disk.
    """
    cluster_id = founding.genesis.cluster_id
    file = LedgerFile(node.directory / LEDGER)
    ledger = own_ledger(file, node.machine, cluster_id)
    own = _own(ledger, node.machine)
    membership = Membership(
        document, node.machine.initdata.policy, own, api_server(str(own.mesh_address))
    )
    membership.save(node.directory)
    node.binding.bind(cluster_id)
    file.save(_with_present_address(ledger, node.machine, own))
    node.membership = membership
    return own


def serve(node: Node, founding: Founding) -> NodeKeeper:
    """Answer joins from now on, route to members, and keep their Node objects."""
    if node.membership is None:
        msg = "a control plane serves once it is a member"
        raise RuntimeError(msg)
    file = LedgerFile(node.directory / LEDGER)
    ledger = own_ledger(file, node.machine, founding.genesis.cluster_id)
    cluster = Cluster(founding.genesis, node.membership.genesis, node.membership.policy)
    own = node.membership.assignment
    node.api = kube_access.api_client(
        founding.authorities, server=node.membership.api_server, node=own.name
    )
    keeper = NodeKeeper(node.api, lambda: service.members)
    service = TrustService(cluster, founding.authorities, file, ledger, keeper.wake)
    node.trust = service
    _name_oneself(node, founding)
    keeper.start()
    networking.apply_mesh(own)
    follower = threading.Thread(target=_route, args=(own, service), name="routes", daemon=True)
    follower.start()
    return keeper


def _name_oneself(node: Node, founding: Founding) -> None:
    """A node certificate for this control plane, unless an earlier agent left one."""
    if node.membership is None or node.keys.get(NODE_KEY) is not None:
        return
    pair, own = certificates.KeyPair.generate(), node.membership.assignment
    identity = founding.authorities.identity
    issued = certificates.node_certificate(identity, pair.request, own, clock.now())
    node.keys.keep_identity(pair.key, issued)


def plane_of(node: Node, founding: Founding, own: Assignment) -> ControlPlane:
    """What kubeadm is told of this node."""
    return ControlPlane(node.machine.grant.cluster, own.name, own.mesh_address, founding.api_names)


def _route(own: Assignment, service: TrustService) -> None:
    """Have routes to all members, for ever."""
    seen = -1
    while True:
        version = service.watch(seen, timeout=60.0)
        try:
            networking.apply_routes(own, [m.peer for m in service.members])
            seen = version
        except Error:
            _log.exception("routes not set")
            clock.sleep(ROUTE_RETRY)


def own_ledger(file: LedgerFile, machine: Machine, cluster_id: bytes) -> Ledger:
    """The ledger on the state disk, or the first one.

    AttestationError JOI-505 for one of another cluster or creation: its nonce decides which grants
    are good.
    """
    ledger = file.load()
    if ledger is None:
        return first_ledger(machine, cluster_id)
    checks = (
        ("cluster", cluster_id, ledger.cluster_id),
        ("create nonce", machine.grant.nonce, ledger.nonce),
    )
    findings = Findings()
    for claim, expected, got in checks:
        findings.equal("JOI-505", f"ledger's {claim}", expected, got, "genesis and own grant")
    findings.raise_if_any()
    return ledger


def _own(ledger: Ledger, machine: Machine) -> Assignment:
    member = ledger.by_platform(machine.platform)
    if member is None:
        msg = "the ledger does not hold this control plane"
        raise RuntimeError(msg)
    return member.assignment


def _with_present_address(ledger: Ledger, machine: Machine, own: Assignment) -> Ledger:
    """The ledger with the address that the host gave this machine at this start."""
    member = own_member(machine, own)
    known = ledger.by_name(own.name)
    return ledger.with_member(replace(known, peer=member.peer) if known else member)
