"""One measured boot: registers, event log and launch digest of exactly the files given."""

import hashlib
from dataclasses import dataclass
from typing import Final

from asterism.machine.firmware import platform_events
from asterism.machine.firmware.files import check_root, read
from asterism.machine.image_files import BootFiles
from asterism.measurement import boot_events
from asterism.measurement.eventlog import Event, EventType, encode, new_log
from asterism.measurement.snp_launch import launch_digest_of
from asterism.measurement.uki import Uki
from asterism.tpm import commands
from asterism.tpm.constants import Alg
from asterism.tpm.device import TpmDevice

INITDATA_PCR: Final = 8
INITDATA_NOTE: Final = b"Asterism initdata"


@dataclass(frozen=True, slots=True)
class BootRecord:
    """What a boot left behind.

    `event_log` is the firmware's log in the TCG crypto-agile form; `cmdline` the measured kernel
    command line; `measurement` (48 bytes) and `host_data` (32) what the secure processor was told.
    """

    event_log: bytes
    cmdline: str
    measurement: bytes
    host_data: bytes


def boot(files: BootFiles, *, tpm: TpmDevice, initdata: bytes, vcpus: int) -> BootRecord:
    """Measure the image behind `files` into `tpm`, which must just have been started.

    Afterwards the TPM's platform hierarchy is closed until its next start, as firmware leaves it.
    Raises ImageFormatError MCH-111 and LaunchError MCH-113 for files that cannot be booted,
    ProvisionError MCH-131 when the root file is not the one that the command line names, and
    what the TPM raises.
    """
    firmware, uki = read(files.firmware), Uki.parse(read(files.uki))
    measurement = launch_digest_of(firmware, uki.file_digest, vcpus)
    check_root(files.root, uki.cmdline)
    events = _events(firmware, uki, initdata)
    for event in events:
        commands.pcr_extend(tpm, event.pcr, event.digests[Alg.SHA256])
    commands.close_platform_hierarchy(tpm)
    host_data = hashlib.sha256(initdata).digest()
    return BootRecord(encode(new_log(events)), uki.cmdline, measurement, host_data)


def _events(firmware: bytes, uki: Uki, initdata: bytes) -> tuple[Event, ...]:
    """Give all events of the boot in the order in which they happen."""
    # The note is not the initdata itself: that travels as it is, and the digest is over it.
    document = Event.of(INITDATA_PCR, EventType.IPL, INITDATA_NOTE, measured=initdata)
    return (
        *platform_events.before_boot(firmware),
        document,
        *boot_events.until_kernel(uki),
        *platform_events.exit_boot_services(),
        *boot_events.phases(),
    )
