"""TCB_VERSION of an SNP platform: the security patch levels of its firmware.

AMD 56860 "SEV-SNP Firmware ABI", table "TCB Version" for Milan and Genoa: byte 0 boot loader,
byte 1 TEE, bytes 2 to 5 zero, byte 6 SNP firmware, byte 7 microcode.
"""

from dataclasses import dataclass

from asterism.errors import UserError


@dataclass(frozen=True, slots=True)
class TcbVersion:
    """Four patch levels: 0 to 127, microcode 0 to 255 (AMD 57230, "VCEK certificate fields")."""

    boot_loader: int
    tee: int
    snp: int
    microcode: int

    def __post_init__(self) -> None:
        """Raise UserError MCH-121 for a level that cannot be."""
        levels = (self.boot_loader, self.tee, self.snp)
        if not all(0 <= level <= 0x7F for level in levels) or not 0 <= self.microcode <= 0xFF:
            raise UserError("MCH-121", f"there is no TCB {(*levels, self.microcode)}")

    def encode(self) -> bytes:
        """Give the 8 bytes of the report."""
        return bytes((self.boot_loader, self.tee, 0, 0, 0, 0, self.snp, self.microcode))
