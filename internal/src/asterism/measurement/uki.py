"""Unified kernel images: what is in one, and which registers a boot of it leaves.

UAPI Group Specification 5 "Unified Kernel Image"; systemd-stub(7), section "TPM PCR Notes".
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asterism.measurement import boot_events, initrd
from asterism.measurement.eventlog import new_log, replay
from asterism.measurement.pe import ImageFormatError, PeImage

MEASURED_ORDER: Final = (
    ".linux",
    ".osrel",
    ".cmdline",
    ".initrd",
    ".splash",
    ".dtb",
    ".uname",
    ".sbat",
    ".hwids",
)
"""The sections systemd-stub measures, in its order, which is not that of the file."""
REQUIRED: Final = (".linux", ".osrel", ".cmdline", ".initrd")
UNSUPPORTED: Final = (".ucode", ".pcrsig", ".pcrpkey", ".profile", ".dtbauto", ".efifw")
"""Sections that add to the initrd, or whose effect depends on the machine or on a choice."""
PREDICTED_PCRS: Final = (4, 9, 11, 12)


@dataclass(frozen=True, slots=True)
class Uki:
    """What of a unified kernel image the registers depend on."""

    image_digest: bytes
    """Authenticode SHA-256 of the whole image."""
    kernel_digest: bytes
    """Authenticode SHA-256 of the kernel inside."""
    section_digests: Mapping[str, bytes]
    """SHA-256 of each measured section's content, in the order of measurement."""
    initrd_digest: bytes
    """SHA-256 of the initrd as the kernel gets it."""
    cmdline: str
    file_digest: bytes
    """SHA-256 of the file; what a launch with kernel hashes measures."""

    @classmethod
    def read(cls, path: Path) -> "Uki":
        """Read a file. Raises ImageFormatError MCH-111 and OSError."""
        return cls.parse(path.read_bytes())

    @classmethod
    def parse(cls, data: bytes) -> "Uki":
        """Take an image apart. Raises ImageFormatError MCH-111."""
        image = PeImage(data)
        contents = _contents(image)
        loaded = initrd.as_loaded(contents[".initrd"], contents[".osrel"])
        measured = [name for name in MEASURED_ORDER if name in contents]
        return cls(
            image_digest=image.authenticode_sha256(),
            kernel_digest=PeImage(contents[".linux"]).authenticode_sha256(),
            section_digests={name: hashlib.sha256(contents[name]).digest() for name in measured},
            initrd_digest=hashlib.sha256(loaded).digest(),
            cmdline=_command_line(contents[".cmdline"]),
            file_digest=hashlib.sha256(data).digest(),
        )


def predict_pcrs(uki: Uki) -> dict[int, bytes]:
    """Give PCR 4, 9, 11 and 12 (32 bytes each) of a boot of `uki` up to phase `ready`.

    The boot is the firmware's first boot option, and nobody adds to the command line.
    """
    events = boot_events.of_uki(uki)
    values = replay(new_log(events))
    return {pcr: values[pcr] for pcr in PREDICTED_PCRS}


def _contents(image: PeImage) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for section in image.sections:
        if section.name in contents or section.name in UNSUPPORTED:
            raise ImageFormatError(
                f"the image has a section {section.name} that cannot be predicted"
            )
        if section.name in MEASURED_ORDER:
            contents[section.name] = image.content(section)
    missing = [name for name in REQUIRED if name not in contents]
    if missing:
        raise ImageFormatError(f"not a unified kernel image: it has no section {missing[0]}")
    return contents


def _command_line(content: bytes) -> str:
    try:
        return content.rstrip(b"\0").decode("ascii").strip()
    except UnicodeDecodeError as exc:
        raise ImageFormatError("the command line has characters outside ASCII") from exc
