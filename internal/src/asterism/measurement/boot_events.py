"""The measurements of a measured boot of a unified kernel image, in the order they happen.

Both the emulated firmware and the prediction of registers take the events from here, so that what
is expected and what is extended cannot drift apart. A recording of a boot under OVMF confirms it.
"""

import struct
from typing import TYPE_CHECKING, Final

from asterism.measurement.eventlog import Event, EventType
from asterism.tpm.constants import Alg

if TYPE_CHECKING:
    from asterism.measurement.uki import Uki

BOOT_PCR: Final = 4
KERNEL_PCR: Final = 9
UKI_PCR: Final = 11

CALLING_BOOT_OPTION: Final = b"Calling EFI Application from Boot Option"
"""PC Client Platform Firmware Profile, section 10.4.4 "EV_EFI_ACTION event types"."""
SEPARATOR: Final = bytes(4)

INITRD_TAG: Final = 0x8F3B22EC
LOAD_OPTIONS_TAG: Final = 0x8F3B22ED
"""Event IDs of Linux's EFI stub (drivers/firmware/efi/libstub/efistub.h)."""

PHASES: Final = ("enter-initrd", "leave-initrd", "sysinit", "ready")
"""systemd-pcrphase.service(8): the boot phases, each measured as its bare name."""


def of_uki(uki: "Uki") -> tuple[Event, ...]:
    """Give the events of PCR 4, 9 and 11 from the boot option to phase `ready`."""
    return (*until_kernel(uki), *phases())


def until_kernel(uki: "Uki") -> tuple[Event, ...]:
    """Give the events of PCR 4, 9 and 11 from the boot option until the kernel takes over."""
    return (
        Event.of(BOOT_PCR, EventType.EFI_ACTION, CALLING_BOOT_OPTION),
        Event.of(BOOT_PCR, EventType.SEPARATOR, SEPARATOR),
        application(uki.image_digest),
        *stub_sections(uki),
        application(uki.kernel_digest),
        *kernel_inputs(uki),
    )


def application(image_digest: bytes) -> Event:
    """Give the event of starting an EFI application, with an empty device path.

    The data is UEFI_IMAGE_LOAD_EVENT: address, length, link address, length of device path.
    """
    data = struct.pack("<QQQQ", 0, 0, 0, 4) + bytes((0x7F, 0xFF, 4, 0))
    digests = {Alg.SHA256: image_digest}
    return Event(BOOT_PCR, EventType.EFI_BOOT_SERVICES_APPLICATION, digests, data)


def stub_sections(uki: "Uki") -> tuple[Event, ...]:
    """Give systemd-stub's events: for each section its name with the final zero, then content."""
    events: list[Event] = []
    for name, digest in uki.section_digests.items():
        note = _utf16(name)
        events.append(Event.of(UKI_PCR, EventType.IPL, note, measured=name.encode() + b"\0"))
        events.append(Event(UKI_PCR, EventType.IPL, {Alg.SHA256: digest}, note))
    return tuple(events)


def kernel_inputs(uki: "Uki") -> tuple[Event, ...]:
    """Give the EFI stub's events: load options as UTF-16 with the final zero, then the initrd."""
    options = _tagged(LOAD_OPTIONS_TAG, b"LOADED_IMAGE::LoadOptions\0")
    initrd = _tagged(INITRD_TAG, b"Linux initrd\0")
    return (
        Event.of(KERNEL_PCR, EventType.EVENT_TAG, options, measured=_utf16(uki.cmdline)),
        Event(KERNEL_PCR, EventType.EVENT_TAG, {Alg.SHA256: uki.initrd_digest}, initrd),
    )


def phases(names: tuple[str, ...] = PHASES) -> tuple[Event, ...]:
    """Give the events of the boot phases. In a real boot they are in systemd's own log."""
    return tuple(Event.of(UKI_PCR, EventType.IPL, name.encode()) for name in names)


def _tagged(tag: int, text: bytes) -> bytes:
    """Give TCG_PCClientTaggedEvent: ID, size, text."""
    return struct.pack("<II", tag, len(text)) + text


def _utf16(text: str) -> bytes:
    return (text + "\0").encode("utf-16-le")
