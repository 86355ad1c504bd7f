"""PE images: sections and the Authenticode digest that firmware measures before it starts one.

Microsoft "PE Format" and "Windows Authenticode Portable Executable Signature Format", section
"Calculating the PE Image Hash". Integers are little-endian. Only PE32+ (64-bit) is read.
"""

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

from asterism.errors import Error

PE32_PLUS: Final = 0x20B
SECTION_HEADER_SIZE: Final = 40
MAXIMUM_SECTIONS: Final = 96
CERTIFICATE_TABLE: Final = 4
"""Index of the data directory that holds signatures."""

_OPTIONAL_HEADER: Final = 24
_SIZE_OF_HEADERS: Final = 60
_CHECKSUM: Final = 64
_DIRECTORY_COUNT: Final = 108
_DIRECTORIES: Final = 112
_DIRECTORY_SIZE: Final = 8


class ImageFormatError(Error):
    """Bytes that are not the boot image they should be (MCH-111)."""

    def __init__(self, detail: str) -> None:
        super().__init__("MCH-111", detail)


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its name, its place in the file, and how much of it is in memory."""

    name: str
    file_offset: int
    file_size: int
    memory_size: int


class PeImage:
    """A PE32+ image. Raises ImageFormatError MCH-111 for anything else."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._header = self._find_header()
        self._optional = self._header + _OPTIONAL_HEADER
        if self._integer(self._optional, "H") != PE32_PLUS:
            raise ImageFormatError("the image is not a 64-bit PE image")
        self.sections = self._read_sections()

    def content(self, section: Section) -> bytes:
        """Give a section as it is in memory: without the padding of the file."""
        if section.memory_size > section.file_size:
            raise ImageFormatError(f"section {section.name} is larger in memory than in the file")
        return self.data[section.file_offset : section.file_offset + section.memory_size]

    def authenticode_sha256(self) -> bytes:
        """Give the SHA-256 image hash: all but checksum, signature entry and signatures."""
        directory = self._optional + _DIRECTORIES + CERTIFICATE_TABLE * _DIRECTORY_SIZE
        checksum = self._optional + _CHECKSUM
        headers_end = self._integer(self._optional + _SIZE_OF_HEADERS, "I")
        digest, view = hashlib.sha256(), memoryview(self.data)
        digest.update(view[:checksum])
        digest.update(view[checksum + 4 : directory])
        digest.update(view[directory + _DIRECTORY_SIZE : headers_end])
        end = headers_end
        for section in sorted(self.sections, key=lambda item: item.file_offset):
            digest.update(view[section.file_offset : section.file_offset + section.file_size])
            end += section.file_size
        digest.update(view[end : len(view) - self._signatures_size(directory)])
        return digest.digest()

    def _signatures_size(self, directory: int) -> int:
        size = self._integer(directory + 4, "I")
        if size > len(self.data):
            raise ImageFormatError("the image's signatures are larger than the image")
        return size

    def _find_header(self) -> int:
        if self.data[:2] != b"MZ":
            raise ImageFormatError("the image is not a PE image")
        header = self._integer(0x3C, "I")
        if self.data[header : header + 4] != b"PE\0\0":
            raise ImageFormatError("the image is not a PE image")
        return header

    def _read_sections(self) -> tuple[Section, ...]:
        count = self._integer(self._header + 6, "H")
        if self._integer(self._optional + _DIRECTORY_COUNT, "I") <= CERTIFICATE_TABLE:
            raise ImageFormatError("the image has no place for signatures")
        if count > MAXIMUM_SECTIONS:
            raise ImageFormatError(f"the image has {count} sections")
        table = self._optional + self._integer(self._header + 20, "H")
        offsets = range(table, table + count * SECTION_HEADER_SIZE, SECTION_HEADER_SIZE)
        return tuple(self._read_section(offset) for offset in offsets)

    def _read_section(self, offset: int) -> Section:
        name = self.data[offset : offset + 8].rstrip(b"\0").decode("ascii", "replace")
        memory_size, _address, file_size, file_offset = (
            self._integer(offset + at, "I") for at in (8, 12, 16, 20)
        )
        if file_offset + file_size > len(self.data):
            raise ImageFormatError(f"section {name} goes past the end of the image")
        return Section(name, file_offset, file_size, memory_size)

    def _integer(self, offset: int, form: str) -> int:
        try:
            value: int = struct.unpack_from(f"<{form}", self.data, offset)[0]
        except struct.error as exc:
            raise ImageFormatError("the image ends inside its headers") from exc
        return value
