"""The emulated hardware of one machine, powered on together: TPM, firmware, secure processor."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from asterism.config import paths
from asterism.machine import firmware
from asterism.machine.firmware import BootFiles, BootRecord
from asterism.machine.processors.snp import SnpLaunch, SnpProcessor
from asterism.machine.store import MachineDir
from asterism.machine.vtpm import Vtpm


class Service(Protocol):
    """Something that runs until it is stopped."""

    def stop(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """A machine's hardware after its firmware has measured what is about to run."""

    machine: MachineDir
    initdata: bytes
    record: BootRecord
    tpm: int
    """Process of the virtual TPM, a child of ours. Its registers end with it."""

    @property
    def command_line(self) -> str:
        """The measured kernel command line."""
        return self.record.cmdline

    def serve(self) -> Service:
        """Answer the machine's host socket. Starts threads: nothing may be forked afterwards."""
        from asterism.machine import host_service

        launch = SnpLaunch(measurement=self.record.measurement, host_data=self.record.host_data)
        return host_service.serve(
            self.machine.host / paths.NODE_HOST_SOCKET.name,
            initdata=self.initdata,
            event_log=self.record.event_log,
            processor=SnpProcessor.launch(self.machine.chip, launch),
        )


@contextmanager
def powered_on(machine: MachineDir, files: BootFiles, vcpus: int) -> Iterator[Hardware]:
    """Power the TPM, measure `files` and the initdata into it; the TPM ends with the body.

    Must be entered in the main thread. Raises ProvisionError MCH-131 when the root file is not the
    one that the measured command line names, and what TPM and firmware raise besides.
    """
    initdata = machine.initdata_file.read_bytes()
    with Vtpm.start(machine.tpm, machine.host) as tpm:
        record = firmware.boot(files, tpm=tpm.device, initdata=initdata, vcpus=vcpus)
        yield Hardware(machine, initdata, record, tpm.pid)
