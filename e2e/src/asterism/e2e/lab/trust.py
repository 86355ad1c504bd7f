"""A trust service in this process, with authorities and a ledger of its own."""

from ipaddress import IPv4Address
from pathlib import Path

from asterism.bootstrapper.control_plane import first_ledger
from asterism.bootstrapper.init.founding import found
from asterism.bootstrapper.join.check import Keys
from asterism.bootstrapper.machine_identity import Machine, identify
from asterism.bootstrapper.trust.ledger import LedgerFile
from asterism.bootstrapper.trust.service import Cluster, TrustService
from asterism.config import network
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.opening import shown_by, verified
from asterism.e2e.lab.owner import LabOwner
from asterism.keys.documents import Kind, SignedDocument
from asterism.proto.trust.v1.trust_pb2 import JoinRequest

CONTROL_PLANE = network.UNDERLAY[11]
WORKER = network.UNDERLAY[21]


def identified(owner: LabOwner, machine: LabMachine, address: IPv4Address) -> Machine:
    """What the machine's agent knows of itself."""
    claims, evidence = verified(owner, machine.prover), shown_by(machine.prover)[0]
    return identify(
        evidence.initdata,
        chip=claims.platform_id,
        ek_certificate=evidence.tpm.ek_certificate,
        ak_name=claims.ak_name,
        address=address,
    )


def trust_service(owner: LabOwner, control_plane: LabMachine, folder: Path) -> TrustService:
    """The trust service of a cluster that `control_plane` has just founded, kept in `folder`."""
    machine = identified(owner, control_plane, CONTROL_PLANE)
    founding = found(machine, folder, ())
    document = SignedDocument.sign(Kind.GENESIS, founding.genesis.payload(), [owner.key])
    return TrustService(
        Cluster(founding.genesis, document, machine.initdata.policy),
        founding.authorities,
        LedgerFile(folder / "ledger.json"),
        first_ledger(machine, founding.genesis.cluster_id),
        changed=lambda: None,
    )


def join_request() -> JoinRequest:
    """What an honest worker asks for."""
    keys = Keys.generate()
    return JoinRequest(
        node_csr=keys.node.request,
        kubelet_client_csr=keys.kubelet_client.request,
        kubelet_serving_csr=keys.kubelet_serving.request,
        attest_port=network.ATTEST_PORT,
        underlay_address=str(WORKER),
    )
