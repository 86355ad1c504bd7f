"""Strict reading and writing of the TPM's big-endian wire form. No structure lives here.

TCG TPM 2.0 Library, part 1, section "Canonical structures": integers are big-endian, a TPM2B is a
16-bit length and that many bytes.
"""

import struct

from asterism.errors import Error


class TpmFormatError(Error):
    """Bytes that are not the TPM structure they should be (MCH-103)."""

    def __init__(self, detail: str, /) -> None:
        super().__init__("MCH-103", detail)


class Reader:
    """Reads a buffer from front to end and never past it."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._what = what
        self._at = 0

    def take(self, count: int) -> bytes:
        """Give the next `count` bytes. Raises TpmFormatError if there are fewer."""
        chunk = self._data[self._at : self._at + count]
        if len(chunk) != count:
            raise TpmFormatError(f"{self._what}: {count} bytes wanted, {len(chunk)} left")
        self._at += count
        return chunk

    def integer(self, size: int) -> int:
        """Give an unsigned integer of `size` bytes."""
        return int.from_bytes(self.take(size), "big")

    def u8(self) -> int:
        """Give an UINT8."""
        return self.integer(1)

    def u16(self) -> int:
        """Give an UINT16."""
        return self.integer(2)

    def u32(self) -> int:
        """Give an UINT32."""
        return self.integer(4)

    def u64(self) -> int:
        """Give an UINT64."""
        return self.integer(8)

    def tpm2b(self, maximum: int = 0xFFFF) -> bytes:
        """Give the content of a TPM2B of at most `maximum` bytes."""
        size = self.u16()
        if size > maximum:
            raise TpmFormatError(
                f"{self._what}: a field of {size} bytes, at most {maximum} allowed"
            )
        return self.take(size)

    def rest(self) -> bytes:
        """Give all that is left."""
        return self.take(len(self._data) - self._at)

    def end(self) -> None:
        """Raise TpmFormatError if anything is left."""
        left = len(self._data) - self._at
        if left:
            raise TpmFormatError(f"{self._what}: {left} bytes too many")


def u8(value: int) -> bytes:
    """Marshal an UINT8."""
    return struct.pack(">B", value)


def u16(value: int) -> bytes:
    """Marshal an UINT16."""
    return struct.pack(">H", value)


def u32(value: int) -> bytes:
    """Marshal an UINT32."""
    return struct.pack(">I", value)


def u64(value: int) -> bytes:
    """Marshal an UINT64."""
    return struct.pack(">Q", value)


def tpm2b(content: bytes) -> bytes:
    """Marshal a TPM2B."""
    return u16(len(content)) + content
