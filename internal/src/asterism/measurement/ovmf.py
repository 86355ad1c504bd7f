"""What a confidential guest's launch reads from the end of an OVMF image.

OVMF's ResetVector: a table of GUIDed entries ends 32 bytes before the end of the image and is read
backwards; each entry is data, then its total length (u16), then its GUID. One entry gives the
place of the SEV metadata: `ASEV`, size, version, count, then (address, size, type) for each area.
"""

import struct
import uuid
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from asterism.errors import Error

FOUR_GIB: Final = 1 << 32
TABLE_END: Final = 32
ENTRY_HEADER: Final = 18
METADATA_HEADER: Final = 16
MAXIMUM_AREAS: Final = 64
MAXIMUM_MEMORY: Final = 256 << 20
"""Bytes of all areas together. OVMF's are a few hundred KiB; every page of them is hashed."""

FOOTER: Final = uuid.UUID("96b582de-1fb2-45f7-baea-a366c55a082d")
RESET_BLOCK: Final = uuid.UUID("00f771de-1a7e-4fcb-890e-68c77e2fb44e")
HASH_TABLE: Final = uuid.UUID("7255371f-3a3b-4b04-927b-1da6efa8d454")
METADATA: Final = uuid.UUID("dc886566-984a-4798-a75e-5585a7bf67cc")


class LaunchError(Error):
    """A launch that cannot be measured (MCH-113)."""

    def __init__(self, detail: str) -> None:
        super().__init__("MCH-113", detail)


class AreaType(IntEnum):
    """Kinds of memory areas in the metadata."""

    SEC_MEMORY = 1
    SECRETS = 2
    CPUID = 3
    SVSM_CALLING_AREA = 4
    KERNEL_HASHES = 0x10


@dataclass(frozen=True, slots=True)
class Area:
    """Memory that the launch fills: its guest physical address, size in bytes and kind."""

    address: int
    size: int
    kind: AreaType


class Ovmf:
    """One OVMF image. Raises LaunchError MCH-113 when it is not made for SEV-SNP."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._entries = self._read_table()
        self.areas = self._read_areas()

    @property
    def address(self) -> int:
        """Where the image begins: it ends at 4 GiB."""
        return FOUR_GIB - len(self.data)

    @property
    def reset_address(self) -> int:
        """Where all processors but the first begin."""
        address: int = self._unpack(RESET_BLOCK, "<I")[0]
        return address

    @property
    def hash_table_address(self) -> int:
        """Where the hashes of kernel, initrd and command line go.

        Raises LaunchError MCH-113 when the image reserves no place.
        """
        address: int
        address, size = self._unpack(HASH_TABLE, "<II")
        if not address or not size:
            raise LaunchError("the firmware has no place for the hashes of kernel and initrd")
        return address

    def _read_table(self) -> dict[uuid.UUID, bytes]:
        end = len(self.data) - TABLE_END
        guid, size = self._entry_header(end)
        if guid != FOOTER or not ENTRY_HEADER <= size <= end:
            raise LaunchError("the firmware has no table of entry points")
        start, at = end - size, end - ENTRY_HEADER
        entries: dict[uuid.UUID, bytes] = {}
        while at >= start + ENTRY_HEADER:
            guid, length = self._entry_header(at)
            if not ENTRY_HEADER <= length <= at - start:
                raise LaunchError("the firmware's table of entry points is damaged")
            entries[guid] = self.data[at - length : at - ENTRY_HEADER]
            at -= length
        return entries

    def _entry_header(self, end: int) -> tuple[uuid.UUID, int]:
        raw = self.data[max(end - ENTRY_HEADER, 0) : end]
        if len(raw) != ENTRY_HEADER:
            raise LaunchError("the firmware is too short")
        return uuid.UUID(bytes_le=raw[2:]), int.from_bytes(raw[:2], "little")

    def _unpack(self, guid: uuid.UUID, form: str) -> tuple[int, ...]:
        entry = self._entries.get(guid, b"")
        if len(entry) < struct.calcsize(form):
            raise LaunchError(f"the firmware's table has no entry {guid}")
        return struct.unpack_from(form, entry)

    def _read_areas(self) -> tuple[Area, ...]:
        start = len(self.data) - self._unpack(METADATA, "<I")[0]
        try:
            magic, _size, version, count = struct.unpack_from("<4sIII", self.data, start)
            if magic != b"ASEV" or version != 1 or count > MAXIMUM_AREAS:
                raise LaunchError("the firmware's SEV metadata is of another version")
            places = range(start + METADATA_HEADER, start + METADATA_HEADER + 12 * count, 12)
            raw = [struct.unpack_from("<III", self.data, place) for place in places]
            areas = tuple(Area(address, size, AreaType(kind)) for address, size, kind in raw)
        except (struct.error, ValueError) as exc:
            raise LaunchError(f"the firmware's SEV metadata is damaged: {exc}") from exc
        if sum(area.size for area in areas) > MAXIMUM_MEMORY:
            raise LaunchError("the firmware's SEV metadata names too much memory")
        return areas
