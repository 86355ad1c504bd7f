"""One emulated confidential machine, powered on and measured, that can prove itself."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asterism.bootstrapper.cluster_binding import ClusterBinding
from asterism.bootstrapper.evidence import NodeProver
from asterism.bootstrapper.host import Host
from asterism.config import paths
from asterism.machine.host_service import server as host_service
from asterism.machine.makers.store import MakerStore
from asterism.machine.processors.snp import SnpLaunch, SnpProcessor
from asterism.machine.processors.snp_report import GuestPolicy
from asterism.machine.vtpm.vtpm import Vtpm
from asterism.measurement import eventlog
from asterism.measurement.eventlog import Event, EventType
from asterism.tpm import commands
from asterism.tpm.ak import AttestationKey
from asterism.tpm.constants import Alg
from asterism.tpm.device import TpmDevice

MEASURED_PCRS = (4, 9, 11)


@dataclass(frozen=True, slots=True)
class Image:
    """Stands for a node image: whatever is started has a name, and the name is what is measured."""

    name: str = "the image that the owner wants"

    @property
    def events(self) -> tuple[Event, ...]:
        """The records of its boot."""
        return tuple(
            Event.of(pcr, EventType.EVENT_TAG, f"{self.name} {pcr}".encode())
            for pcr in MEASURED_PCRS
        )

    @property
    def pcrs(self) -> dict[int, bytes]:
        """What the registers hold after its boot."""
        values = eventlog.replay(eventlog.new_log(self.events))
        return {pcr: values[pcr] for pcr in MEASURED_PCRS}

    @property
    def measurement(self) -> bytes:
        """The launch digest, 48 bytes."""
        return hashlib.sha384(self.name.encode()).digest()


@dataclass(frozen=True, slots=True)
class LabMachine:
    """A running machine: its prover, and the register that binds it to a cluster."""

    prover: NodeProver
    binding: ClusterBinding
    tpm: TpmDevice
    """The machine's own TPM, as its root has it."""
    makers: MakerStore
    """Who made its hardware."""


@contextmanager
def powered_on(
    folder: Path,
    initdata: bytes,
    makers: MakerStore,
    *,
    image: Image | None = None,
    guest_policy: GuestPolicy | None = None,
) -> Iterator[LabMachine]:
    """A machine that measured `image` and `initdata`, launched as the host says."""
    image = image or Image()
    log = eventlog.new_log((*image.events, _initdata_event(initdata)))
    launch = SnpLaunch(
        measurement=image.measurement,
        host_data=hashlib.sha256(initdata).digest(),
        policy=guest_policy or GuestPolicy(),
    )
    shared = folder / "host"
    shared.mkdir(parents=True)
    processor = SnpProcessor.launch(folder / "chip", launch, makers)
    service = host_service.serve(
        shared / paths.NODE_HOST_SOCKET.name,
        initdata=initdata, event_log=eventlog.encode(log), processor=processor,
    )  # fmt: skip
    host = Host(service.socket)
    try:
        with Vtpm.start(folder / "tpm", shared, makers) as tpm:
            for event in log.events:
                commands.pcr_extend(tpm.device, event.pcr, event.digests[Alg.SHA256])
            with AttestationKey.create(tpm.device) as key:
                binding = ClusterBinding(tpm.device)
                prover = NodeProver(host, tpm.device, key, binding)
                yield LabMachine(prover, binding, tpm.device, makers)
    finally:
        host.close()
        service.stop()


def _initdata_event(initdata: bytes) -> Event:
    return Event.of(8, EventType.IPL, b"initdata", measured=initdata)
