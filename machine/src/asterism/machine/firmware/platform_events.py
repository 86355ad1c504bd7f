"""What the emulated platform measures about itself, as OVMF does: PCR 0 to 7 and the separators.

PC Client Platform Firmware Profile, sections 3.3.4 and 10.4. The firmware's version and variables
say EMULATED, so that no reader of the log takes it for hardware.
"""

import struct
import uuid
from typing import Final

from asterism.measurement.eventlog import Event, EventType

VERSION: Final = "Asterism EMULATED firmware 1"
GLOBAL_VARIABLE: Final = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
SECURE_BOOT_VARIABLES: Final = ("SecureBoot", "PK", "KEK")
IMAGE_SECURITY_DATABASE: Final = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
IMAGE_SECURITY_VARIABLES: Final = ("db", "dbx")
SEPARATOR: Final = bytes(4)
SEPARATED_PCRS: Final = (0, 1, 2, 3, 5, 6, 7)
"""PCR 4 has its separator after the first EV_EFI_ACTION, from the boot's own events."""
EXIT_BOOT_SERVICES: Final = (
    b"Exit Boot Services Invocation",
    b"Exit Boot Services Returned with Success",
)


def before_boot(firmware: bytes) -> tuple[Event, ...]:
    """Give the events before the boot option: version, code, Secure Boot off, separators."""
    version = (VERSION + "\0").encode("utf-16-le")
    blob = struct.pack("<QQ", (1 << 32) - len(firmware), len(firmware))
    return (
        Event.of(0, EventType.S_CRTM_VERSION, version),
        Event.of(0, EventType.EFI_PLATFORM_FIRMWARE_BLOB, blob, measured=firmware),
        *(_variable(GLOBAL_VARIABLE, name) for name in SECURE_BOOT_VARIABLES),
        *(_variable(IMAGE_SECURITY_DATABASE, name) for name in IMAGE_SECURITY_VARIABLES),
        *(Event.of(pcr, EventType.SEPARATOR, SEPARATOR) for pcr in SEPARATED_PCRS),
    )


def exit_boot_services() -> tuple[Event, ...]:
    """Give the events with which the kernel takes over."""
    return tuple(Event.of(5, EventType.EFI_ACTION, text) for text in EXIT_BOOT_SERVICES)


def _variable(vendor: uuid.UUID, name: str) -> Event:
    """UEFI_VARIABLE_DATA: vendor GUID, lengths of name and data, name; the variable is empty."""
    text = name.encode("utf-16-le")
    value = b"\0" if name == "SecureBoot" else b""
    data = vendor.bytes_le + struct.pack("<QQ", len(name), len(value)) + text + value
    return Event.of(7, EventType.EFI_VARIABLE_DRIVER_CONFIG, data)
