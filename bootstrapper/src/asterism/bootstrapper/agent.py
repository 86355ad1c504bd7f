"""The node agent: `python3 -m asterism.bootstrapper.agent`, the first program of ours in a node.

It finds out which machine this is, answers the attest port, and then lives the life of its role.
Everything it is told comes from the untrusted host; everything it decides rests on the owner's
signatures and on what its own hardware measured.
"""

import logging
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from asterism import clock
from asterism.atls.session import Session
from asterism.attestation.snp.report import Report
from asterism.bootstrapper import disk_watch, networking, systemd, tpm_life
from asterism.bootstrapper.cluster_binding import ClusterBinding
from asterism.bootstrapper.evidence import NodeProver
from asterism.bootstrapper.host import Host
from asterism.bootstrapper.init.run import InitTask
from asterism.bootstrapper.machine_identity import identify
from asterism.bootstrapper.membership import Membership
from asterism.bootstrapper.node import Node
from asterism.bootstrapper.services import Services
from asterism.bootstrapper.tpm_life import TpmLife
from asterism.config import network, paths
from asterism.log.setup import configure
from asterism.net.listener import Listener
from asterism.tpm import ek
from asterism.tpm.ak import AttestationKey
from asterism.tpm.device import TpmDevice

_log = logging.getLogger(__name__)

RPC_DIRECTORY = Path("/run/asterism/rpc")
FAREWELL = 1.0
"""Seconds between the reason for which a node ends itself and its end."""


def main() -> None:
    """Run until systemd ends this process."""
    configure()
    node = this_node()
    task = InitTask(node)
    networking.apply_rules()
    remember(node)
    services = Services(node, task, RPC_DIRECTORY)
    services.start()
    listener = attest_listener(node, services.serve)
    threading.Thread(target=listener.serve, name="listener", daemon=True).start()
    threading.Thread(target=disk_watch.watch, args=(node.directory,), daemon=True).start()
    systemd.notify("READY=1")
    _log.info("%s, %s of %s", _name(node), node.machine.grant.role, node.machine.grant.cluster)
    live(node, task)


def this_node() -> Node:
    """This machine with its hardware: host socket, vTPM, attestation key, initdata."""
    host, tpm = Host(), TpmDevice(paths.NODE_TPM_SOCKET)
    binding = ClusterBinding(tpm)
    life = TpmLife(tpm_life.FILE, on_reset=fence)
    prover = NodeProver(host, tpm, AttestationKey.create(tpm), binding, life)
    report = Report.parse(host.snp_report(clock.random_bytes(64)).report)
    machine = identify(
        prover.initdata,
        chip=report.chip_id,
        ek_certificate=ek.read_certificate(tpm),
        ak_name=prover.ak_name,
        address=networking.own_underlay_address(),
    )
    return Node(machine, prover, binding, paths.NODE_STATE)


def fence() -> None:
    """Power this node off, a moment from now: whoever asked hears the reason first."""
    _log.critical("[MCH-105] the TPM was reset under this node: powering off")
    threading.Timer(FAREWELL, systemd.power_off).start()


def remember(node: Node) -> None:
    """Take up an earlier membership: its owner's signature is checked, and PCR 15 is read.

    AttestationError DOC-00x or JOI-504 for a state disk of another cluster.
    """
    membership = Membership.load(node.directory)
    if membership is not None:
        genesis = membership.open_genesis(node.machine.owners)
        node.binding.recall(genesis.cluster_id)
        node.membership = membership
    else:
        node.binding.require_unbound()


def attest_listener(node: Node, on_session: Callable[[Session], None]) -> Listener:
    """The one port of this node, bound before anybody is told that it is ready."""
    address = (str(node.machine.underlay_address), network.ATTEST_PORT)
    return Listener(
        socket.create_server(address),
        terms=node.terms,
        api_server=node.api_server,
        on_session=on_session,
    )


def live(node: Node, task: InitTask) -> None:
    """The life of this node's role. Never returns."""
    if node.is_control_plane:
        from asterism.bootstrapper.init.resume import resume

        resume(node, task)
        threading.Event().wait()
    else:
        from asterism.bootstrapper.join.loop import live as live_as_worker

        live_as_worker(node)


def _name(node: Node) -> str:
    return node.machine.grant.slot


if __name__ == "__main__":
    main()
