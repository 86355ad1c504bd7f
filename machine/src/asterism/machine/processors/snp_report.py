"""ATTESTATION_REPORT of SEV-SNP, version 3, as firmware of the Genoa generation writes it.

AMD 56860 "SEV-SNP Firmware ABI", section 7.3, table "ATTESTATION_REPORT Structure". Integers are
little-endian; offsets are checked as the report is put together.
"""

import struct
from dataclasses import dataclass
from typing import Final

from asterism.errors import UserError
from asterism.machine.processors.tcb import TcbVersion

VERSION: Final = 3
SIGNATURE_ALGORITHM: Final = 1
"""ECDSA P-384 with SHA-384."""
SIGNED_SIZE: Final = 0x2A0
SIGNATURE_SIZE: Final = 512
SIGNATURE_NUMBER_SIZE: Final = 72
REPORT_DATA_SIZE: Final = 64
HIGHEST_VMPL: Final = 3

GENOA: Final = bytes((0x19, 0x11, 0x01))
"""CPUID family, model and stepping of the EMULATED chip: Genoa B1."""
FIRMWARE: Final = bytes((5, 55, 1))
"""Build, minor and major version of the secure processor's firmware: 1.55.5."""
PLATFORM_INFO: Final = 1 << 0 | 1 << 2 | 1 << 5
"""SMT enabled, ECC memory, alias check complete."""
MEASUREMENT_SIZE: Final = 48
HOST_DATA_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class GuestPolicy:
    """POLICY of the launch: section 4.3, table "Guest Policy". The firmware fixes bit 17."""

    abi_minor: int = 0
    abi_major: int = 0
    smt: bool = True
    migrate_ma: bool = False
    debug: bool = False
    single_socket: bool = False

    def encode(self) -> int:
        """Give the 64-bit value. Raises UserError MCH-121 for versions that are no bytes."""
        if not (0 <= self.abi_minor <= 0xFF and 0 <= self.abi_major <= 0xFF):
            raise UserError("MCH-121", "versions in a guest policy are 0 to 255")
        flags = self.smt << 16 | 1 << 17 | self.migrate_ma << 18
        flags |= self.debug << 19 | self.single_socket << 20
        return self.abi_minor | self.abi_major << 8 | flags


@dataclass(frozen=True, slots=True)
class ReportFields:
    """What distinguishes one guest's reports from another's. All firmware is fully committed."""

    policy: GuestPolicy
    vmpl: int
    measurement: bytes
    host_data: bytes
    report_id: bytes
    chip_id: bytes
    tcb: TcbVersion


def encode(fields: ReportFields, report_data: bytes) -> bytes:
    """Give the signed part of a report, 0x2a0 bytes.

    Raises UserError MCH-121 when a field has a size or value that firmware would refuse.
    """
    _require_size("REPORT_DATA", report_data, REPORT_DATA_SIZE)
    _require_size("MEASUREMENT", fields.measurement, MEASUREMENT_SIZE)
    _require_size("HOST_DATA", fields.host_data, HOST_DATA_SIZE)
    if not 0 <= fields.vmpl <= HIGHEST_VMPL:
        raise UserError("MCH-121", f"there is no VMPL {fields.vmpl}")
    tcb = fields.tcb.encode()
    report = b"".join((_launch(fields, tcb), report_data, _guest(fields), _platform(fields, tcb)))
    return report.ljust(SIGNED_SIZE, b"\0")


def _launch(fields: ReportFields, tcb: bytes) -> bytes:
    """Give 000..04f: version, guest SVN, policy, family and image ID, VMPL, TCB, key info."""
    head = struct.pack("<IIQ", VERSION, 0, fields.policy.encode()) + bytes(32)
    signer = struct.pack("<II", fields.vmpl, SIGNATURE_ALGORITHM)
    return head + signer + tcb + struct.pack("<QII", PLATFORM_INFO, 0, 0)


def _guest(fields: ReportFields) -> bytes:
    """Give 090..17f: measurement, host data, no ID block, report ID, no migration agent."""
    id_key_digest, author_key_digest = bytes(48), bytes(48)
    identity = id_key_digest + author_key_digest + fields.report_id + b"\xff" * 32
    return fields.measurement + fields.host_data + identity


def _platform(fields: ReportFields, tcb: bytes) -> bytes:
    """Give 180..1f7: reported TCB, CPUID, chip ID, committed TCB, versions, launch TCB."""
    cpu = GENOA + bytes(21)
    versions = (FIRMWARE + b"\0") * 2
    return tcb + cpu + fields.chip_id + tcb + versions + tcb


def _require_size(name: str, value: bytes, size: int) -> None:
    if len(value) != size:
        raise UserError("MCH-121", f"{name} has {size} bytes, not {len(value)}")
