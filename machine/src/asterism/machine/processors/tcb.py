"""TCB_VERSION of an SNP platform: the security patch levels of its firmware.

AMD 56860 "SEV-SNP Firmware ABI", table "TCB Version" for Milan and Genoa: byte 0 boot loader,
byte 1 TEE, bytes 2 to 5 zero, byte 6 SNP firmware, byte 7 microcode.
"""

from dataclasses import dataclass

from asterism.errors import UserError


@dataclass(frozen=True, slots=True)
class TcbVersion:
    """Four patch levels, 0 to 255 each."""

    boot_loader: int
    tee: int
    snp: int
    microcode: int

    def __post_init__(self) -> None:
        """Raise UserError MCH-121 for a level that is no byte."""
        levels = (self.boot_loader, self.tee, self.snp, self.microcode)
        if not all(0 <= level <= 0xFF for level in levels):
            raise UserError("MCH-121", f"TCB levels must be 0 to 255, not {levels}")

    def encode(self) -> bytes:
        """Give the 8 bytes of the report."""
        return bytes((self.boot_loader, self.tee, 0, 0, 0, 0, self.snp, self.microcode))
