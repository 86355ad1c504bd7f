"""What the owner signs before any machine exists: the policy, one grant and initdata for each.

Ed25519 signatures are deterministic, so the same plan gives the same bytes, and an interrupted
`create` goes on with the documents it began with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from asterism.attestation import initdata
from asterism.attestation.anchors import Anchors
from asterism.attestation.grant import Grant, Role
from asterism.attestation.initdata import Initdata
from asterism.attestation.policy import Policy, SnpRules
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.cluster import config
from asterism.cluster.state import Machine
from asterism.config import network
from asterism.errors import AttestationError
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.owner import OwnerKey
from asterism.measurement.manifest import ReferenceValues

FLOORS = MappingProxyType({Product.GENOA: Tcb(boot_loader=9, tee=0, snp=22, microcode=72)})
"""The oldest firmware that is accepted, by product line; lines that are not here are refused."""

GUEST_VMPL = 0
"""Where the node asks for its reports."""

VCPUS = 2
"""Processors of every machine; part of the launch measurement."""


@dataclass(frozen=True, slots=True)
class MachineDocuments:
    """What one machine is given."""

    machine: Machine
    initdata: bytes
    """Canonical bytes, which are measured."""

    @property
    def digest(self) -> bytes:
        """What the machine's evidence must carry, 32 bytes."""
        return initdata.digest(self.initdata)


def policy(
    settings: config.Policy, values: ReferenceValues, anchors: Anchors, owner: OwnerKey
) -> SignedDocument:
    """The policy under which the cluster's machines are accepted.

    AttestationError ATT-01x where the settings contradict the anchors, e.g. production with
    emulated ones.
    """
    made = Policy(
        epoch=settings.epoch,
        production=settings.production,
        accept_emulated=not settings.production,
        anchors=anchors,
        pcrs=MappingProxyType({index: frozenset({pcr}) for index, pcr in values.pcrs.items()}),
        snp=SnpRules(
            measurements=frozenset({launch_measurement(values)}),
            minimum_tcb=FLOORS,
            accept_distrusted=MappingProxyType({}),
            vmpl=GUEST_VMPL,
            allow_debug=False,
            allow_migration=False,
        ),
        owners=frozenset({owner.public}),
    )
    return made.sign(owner)


def for_machines(
    cluster: str,
    nonce: bytes,
    machines: Sequence[Machine],
    signed_policy: SignedDocument,
    owner: OwnerKey,
) -> list[MachineDocuments]:
    """One grant and one initdata document for each machine."""
    addresses = tuple(
        f"{machine.address}:{network.ATTEST_PORT}"
        for machine in machines
        if machine.role == Role.CONTROL_PLANE
    )
    return [
        MachineDocuments(
            machine,
            Initdata(
                cluster=cluster,
                owners=(owner.public,),
                addresses=addresses,
                grant=_grant(cluster, nonce, machine, owner),
                policy=signed_policy,
            ).encode(),
        )
        for machine in machines
    ]


def launch_measurement(values: ReferenceValues) -> bytes:
    """The launch measurement of a machine with the processors that `create` gives it."""
    if VCPUS not in values.snp_measurements:
        raise AttestationError.of(
            "CLU-012",
            claim="launch measurement",
            expected=f"one for {VCPUS} processors",
            got=f"for {', '.join(map(str, sorted(values.snp_measurements)))} only",
            source="reference values",
        )
    return values.snp_measurements[VCPUS]


def _grant(cluster: str, nonce: bytes, machine: Machine, owner: OwnerKey) -> SignedDocument:
    grant = Grant(cluster=cluster, nonce=nonce, slot=machine.name, role=Role(machine.role))
    return SignedDocument.sign(Kind.GRANT, grant.payload(), [owner])
