"""Two machines with emulated hardware in one process, for tests of whole conversations.

What is real: vTPM, secure processor, sessions, evidence, policy, documents, certificates. What is
replaced: the commands that would change this computer (routes, systemd, kubeadm, kubelet files).
"""

import hashlib
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from types import MappingProxyType

from asterism.attestation.anchors import Anchors
from asterism.attestation.grant import Grant, Role
from asterism.attestation.initdata import Initdata
from asterism.attestation.policy import Policy, SnpRules
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.bootstrapper.cluster_binding import ClusterBinding
from asterism.bootstrapper.evidence import NodeProver
from asterism.bootstrapper.host import Host
from asterism.bootstrapper.machine_identity import identify
from asterism.bootstrapper.node import Node
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.owner import OwnerKey
from asterism.machine import host_service
from asterism.machine.host_service import HostServer
from asterism.machine.makers.amd import ChipMaker
from asterism.machine.makers.anchors import export_anchors
from asterism.machine.makers.store import MakerStore
from asterism.machine.processors.snp import SnpLaunch, SnpProcessor
from asterism.machine.vtpm import Vtpm
from asterism.measurement.eventlog import Event, EventType, encode, new_log
from asterism.measurement.pcr import fold
from asterism.tpm import commands, ek
from asterism.tpm.ak import AttestationKey
from asterism.tpm.constants import Alg

NONCE = bytes(range(32))
MEASUREMENT = bytes(range(48))
FLOOR = MappingProxyType({Product.GENOA: Tcb(boot_loader=9, tee=0, snp=22, microcode=72)})
MEASURED = {4: b"application", 9: b"initrd", 11: b"image"}


@dataclass(slots=True)
class World:
    """Makers, an owner, and the machines that were started."""

    directory: Path
    owner: OwnerKey = field(default_factory=OwnerKey.generate)
    makers_directory: Path | None = None
    machines: list["Machine"] = field(default_factory=list)

    def makers(self) -> MakerStore:
        """The emulated makers of this test."""
        return MakerStore(self.makers_directory or self.directory / "makers")

    def policy(self) -> SignedDocument:
        """The owner's policy for these machines."""
        anchors = export_anchors(self.makers())
        values = {index: _digest(data) for index, data in MEASURED.items()}
        made = Policy(
            epoch=1,
            production=False,
            accept_emulated=True,
            anchors=Anchors.from_pem(snp=[anchors["snp"].decode()], tpm=[anchors["tpm"].decode()]),
            pcrs=MappingProxyType({i: frozenset({fold([v])}) for i, v in values.items()}),
            snp=SnpRules(frozenset({MEASUREMENT}), FLOOR, {}, 0, False, False),
            owners=frozenset({self.owner.public}),
        )
        return made.sign(self.owner)

    def initdata(self, slot: str, role: Role) -> bytes:
        """The host's document for one machine."""
        grant = Grant("local", NONCE, slot, role)
        return Initdata(
            "local",
            (self.owner.public,),
            ("10.210.0.11:9443",),
            SignedDocument.sign(Kind.GRANT, grant.payload(), [self.owner]),
            self.policy(),
        ).encode()

    def start(self, slot: str, role: Role, address: str) -> "Machine":
        """Power a machine on and have its firmware measure."""
        machine = Machine(self, slot, role, IPv4Address(address))
        machine.power_on()
        self.machines.append(machine)
        return machine

    def stop(self) -> None:
        """Power everything off."""
        for machine in self.machines:
            machine.power_off()


@dataclass(slots=True)
class Machine:
    """One emulated machine."""

    world: World
    slot: str
    role: Role
    address: IPv4Address
    tpm: Vtpm | None = None
    service: HostServer | None = None

    @property
    def directory(self) -> Path:
        """Its state on the host."""
        return self.world.directory / self.slot

    def power_on(self) -> None:
        """A fresh boot: registers from zero, the same chip, TPM and initdata."""
        for part in ("tpm", "host", "disk"):
            (self.directory / part).mkdir(parents=True, exist_ok=True)
        initdata = self.world.initdata(self.slot, self.role)
        makers = self.world.makers()
        self.tpm = Vtpm.start(self.directory / "tpm", self.directory / "host", makers)
        events = [Event.of(pcr, EventType.IPL, data) for pcr, data in MEASURED.items()]
        events.append(Event.of(8, EventType.IPL, b"initdata", measured=initdata))
        for event in events:
            commands.pcr_extend(self.tpm.device, event.pcr, event.digests[Alg.SHA256])
        launch = SnpLaunch(measurement=MEASUREMENT, host_data=_digest(initdata))
        chip = hashlib.sha512(self.slot.encode()).digest()
        self.service = host_service.serve(
            self.directory / "host" / "host.sock",
            initdata=initdata,
            event_log=encode(new_log(tuple(events))),
            processor=SnpProcessor(chip, launch, ChipMaker(makers)),
        )

    def power_off(self) -> None:
        """The disk stays."""
        if self.service is not None:
            self.service.stop()
        if self.tpm is not None:
            self.tpm.stop()

    def node(self) -> Node:
        """What the agent makes of this machine when it starts."""
        assert self.tpm is not None
        tpm = self.tpm.device
        host, binding = Host(self.directory / "host" / "host.sock"), ClusterBinding(tpm)
        prover = NodeProver(host, tpm, AttestationKey.create(tpm), binding)
        machine = identify(
            prover.initdata,
            chip=hashlib.sha512(self.slot.encode()).digest(),
            ek_certificate=ek.read_certificate(tpm),
            ak_name=prover.ak_name,
            address=self.address,
        )
        return Node(machine, prover, binding, self.directory / "disk")


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
