"""The launch digest of an SEV-SNP guest under QEMU: MEASUREMENT in its attestation reports.

AMD 56860 "SEV-SNP Firmware ABI", section 8.17.2: each page of the guest's first memory extends the
digest with a PAGE_INFO structure. QEMU adds the firmware, the areas its metadata names, and last
one page of state for each processor. With kernel hashes, one of the areas holds the SHA-256 of
kernel, initrd and command line, so that MEASUREMENT covers them (OVMF checks them).
"""

import hashlib
import struct
import uuid
from typing import Final

from asterism.measurement import vmsa
from asterism.measurement.ovmf import Area, AreaType, LaunchError, Ovmf
from asterism.measurement.vmsa import PAGE_SIZE

DIGEST_SIZE: Final = 48
PAGE_INFO_SIZE: Final = 0x70
VMSA_ADDRESS: Final = 0xFFFFFFFFF000
PAGE_NORMAL: Final = 1
PAGE_VMSA: Final = 2
PAGE_ZERO: Final = 3
PAGE_SECRETS: Final = 5
PAGE_CPUID: Final = 6

_TABLE_GUID: Final = uuid.UUID("9438d606-4f22-4cc9-b479-a793d411fd21")
_CMDLINE_GUID: Final = uuid.UUID("97d02dd8-bd20-4c94-aa78-e7714d36ab2a")
_INITRD_GUID: Final = uuid.UUID("44baf731-3a2f-4bd7-9af1-41e29169781d")
_KERNEL_GUID: Final = uuid.UUID("4de79437-abd2-427f-b835-d5b172d2045b")
_UNMEASURED_CONTENT: Final = bytes(DIGEST_SIZE)


def launch_digest(firmware: bytes, uki: bytes, vcpus: int) -> bytes:
    """Give MEASUREMENT (48 bytes) of a guest whose kernel is the whole `uki`.

    No initrd and no command line are given beside it: both are inside. `vcpus` is at least 1.
    Raises LaunchError MCH-113 when `firmware` cannot launch a guest with kernel hashes.
    """
    return launch_digest_of(firmware, hashlib.sha256(uki).digest(), vcpus)


def launch_digest_of(firmware: bytes, uki_digest: bytes, vcpus: int) -> bytes:
    """Give the same from the SHA-256 of the unified kernel image."""
    if vcpus < 1:
        raise LaunchError(f"a guest has at least one processor, not {vcpus}")
    image, digest = Ovmf(firmware), _LaunchDigest()
    digest.add_normal(image.address, image.data)
    hashes = hash_table_page(image.hash_table_address, uki_digest)
    for area in image.areas:
        _add_area(digest, area, hashes)
    if not any(area.kind == AreaType.KERNEL_HASHES for area in image.areas):
        raise LaunchError("the firmware's metadata has no area for kernel hashes")
    for processor in range(vcpus):
        reset = vmsa.BSP_RESET_ADDRESS if processor == 0 else image.reset_address
        digest.add_content(PAGE_VMSA, VMSA_ADDRESS, vmsa.page(reset))
    return digest.value


def hash_table_page(address: int, kernel_digest: bytes) -> bytes:
    """Give the page in which QEMU leaves the hash table at `address` (SevHashTable).

    Entries: command line (empty, with its final zero), initrd (none), kernel; GUID, u16 length of
    the entry, SHA-256. The table is padded to 16 bytes.
    """
    digests = {
        _CMDLINE_GUID: hashlib.sha256(b"\0").digest(),
        _INITRD_GUID: hashlib.sha256(b"").digest(),
        _KERNEL_GUID: kernel_digest,
    }
    entries = b"".join(_guided(guid, digest) for guid, digest in digests.items())
    table = _guided(_TABLE_GUID, entries)
    return (bytes(address % PAGE_SIZE) + table).ljust(PAGE_SIZE, b"\0")


def _guided(guid: uuid.UUID, content: bytes) -> bytes:
    return guid.bytes_le + struct.pack("<H", 18 + len(content)) + content


def _add_area(digest: "_LaunchDigest", area: Area, hashes: bytes) -> None:
    if area.kind in (AreaType.SEC_MEMORY, AreaType.SVSM_CALLING_AREA):
        digest.add_unmeasured(PAGE_ZERO, area.address, area.size)
    elif area.kind == AreaType.SECRETS:
        digest.add_unmeasured(PAGE_SECRETS, area.address, PAGE_SIZE)
    elif area.kind == AreaType.CPUID:
        digest.add_unmeasured(PAGE_CPUID, area.address, PAGE_SIZE)
    elif area.size == PAGE_SIZE:
        digest.add_normal(area.address, hashes)
    else:
        raise LaunchError(f"an area of {area.size} bytes for kernel hashes")


class _LaunchDigest:
    """GCTX.LD, beginning at zero."""

    def __init__(self) -> None:
        self.value = bytes(DIGEST_SIZE)

    def add_normal(self, address: int, memory: bytes) -> None:
        """Add pages whose content is measured."""
        if len(memory) % PAGE_SIZE:
            raise LaunchError("the firmware is not a whole number of pages")
        for offset in range(0, len(memory), PAGE_SIZE):
            self.add_content(PAGE_NORMAL, address + offset, memory[offset : offset + PAGE_SIZE])

    def add_content(self, kind: int, address: int, page: bytes) -> None:
        """Add one page with the digest of its content."""
        self._add(kind, address, hashlib.sha384(page).digest())

    def add_unmeasured(self, kind: int, address: int, size: int) -> None:
        """Add pages of which only kind and address are measured."""
        for offset in range(0, size, PAGE_SIZE):
            self._add(kind, address + offset, _UNMEASURED_CONTENT)

    def _add(self, kind: int, address: int, content: bytes) -> None:
        """PAGE_INFO: digest so far, content, length, type, flags and VMPL permissions, address."""
        tail = struct.pack("<HBBIQ", PAGE_INFO_SIZE, kind, 0, 0, address)
        self.value = hashlib.sha384(self.value + content + tail).digest()
