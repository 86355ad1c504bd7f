"""The SEV-SNP attestation report: 1184 bytes, versions 2 to 5 (AMD 56860, ATTESTATION_REPORT).

Integers are little-endian. Reserved fields must be zero in the version that the report states.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NoReturn

from asterism.errors import AttestationError

SIZE = 0x4A0
SIGNED_SIZE = 0x2A0
"""The signature is over the bytes before it."""

VERSIONS = range(2, 6)
ECDSA_P384_SHA384 = 1
_COMPONENT_SIZE = 72
_COORDINATE_SIZE = 48

_RESERVED: tuple[tuple[int, int, int], ...] = (
    # first byte, one past the last, first version in which it is no longer reserved (6: none)
    (0x04C, 0x050, 6),
    (0x188, 0x18B, 3),  # CPUID family, model, stepping
    (0x18B, 0x1A0, 6),
    (0x1EB, 0x1EC, 6),
    (0x1EF, 0x1F0, 6),
    (0x1F8, 0x208, 5),  # mitigation vectors
    (0x208, 0x2A0, 6),
    (0x330, 0x4A0, 6),
)


class SigningKey(IntEnum):
    """KEY_INFO bits 2 to 4: which key signed."""

    VCEK = 0
    VLEK = 1
    NONE = 7


@dataclass(frozen=True, slots=True)
class GuestPolicy:
    """The POLICY field, with which the guest was launched."""

    raw: int

    @property
    def smt_allowed(self) -> bool:
        """Bit 16."""
        return bool(self.raw >> 16 & 1)

    @property
    def migration_allowed(self) -> bool:
        """Bit 18, MIGRATE_MA: a migration agent may be associated."""
        return bool(self.raw >> 18 & 1)

    @property
    def debug_allowed(self) -> bool:
        """Bit 19: the host may decrypt the guest's memory."""
        return bool(self.raw >> 19 & 1)

    @property
    def well_formed(self) -> bool:
        """Bit 17 is one, bits 26 to 63 are zero."""
        return bool(self.raw >> 17 & 1) and self.raw >> 26 == 0


@dataclass(frozen=True, slots=True)
class Report:
    """One parsed report. TCB versions stay raw: their layout depends on the product line."""

    raw: bytes
    version: int
    guest_svn: int
    policy: GuestPolicy
    vmpl: int
    signature_algorithm: int
    platform_info: int
    signing_key: SigningKey
    masked_chip_key: bool
    cpuid: tuple[int, int, int]
    """Family, model, stepping; zeros before version 3."""
    report_data: bytes
    measurement: bytes
    host_data: bytes
    id_key_digest: bytes
    author_key_digest: bytes
    report_id: bytes
    migration_agent: bytes
    chip_id: bytes
    current_tcb: bytes
    reported_tcb: bytes
    committed_tcb: bytes
    launch_tcb: bytes
    r: int
    s: int

    @property
    def signed(self) -> bytes:
        """The bytes that the signature is over."""
        return self.raw[:SIGNED_SIZE]

    @classmethod
    def parse(cls, raw: bytes) -> "Report":
        """From exactly 1184 bytes; AttestationError ATT-101 for any other form."""
        if len(raw) != SIZE:
            malformed("size", f"{SIZE} bytes", f"{len(raw)}")
        version, guest_svn, policy = struct.unpack_from("<IIQ", raw, 0x000)
        if version not in VERSIONS:
            malformed("version", "2 to 5", str(version))
        _require_reserved_zero(raw, version)
        vmpl, algorithm = struct.unpack_from("<II", raw, 0x030)
        platform_info, key_info = struct.unpack_from("<QI", raw, 0x040)
        guest_policy = GuestPolicy(policy)
        if not guest_policy.well_formed:
            malformed("guest policy", "bit 17 set, bits 26 to 63 zero", f"{policy:#x}")
        return cls(
            raw=raw,
            version=version,
            guest_svn=guest_svn,
            policy=guest_policy,
            vmpl=vmpl,
            signature_algorithm=algorithm,
            platform_info=platform_info,
            signing_key=_signing_key(key_info),
            masked_chip_key=bool(key_info >> 1 & 1),
            cpuid=(raw[0x188], raw[0x189], raw[0x18A]),
            report_data=raw[0x050:0x090],
            measurement=raw[0x090:0x0C0],
            host_data=raw[0x0C0:0x0E0],
            id_key_digest=raw[0x0E0:0x110],
            author_key_digest=raw[0x110:0x140],
            report_id=raw[0x140:0x160],
            migration_agent=raw[0x160:0x180],
            chip_id=raw[0x1A0:0x1E0],
            current_tcb=raw[0x038:0x040],
            reported_tcb=raw[0x180:0x188],
            committed_tcb=raw[0x1E0:0x1E8],
            launch_tcb=raw[0x1F0:0x1F8],
            r=_component(raw, 0x2A0),
            s=_component(raw, 0x2E8),
        )


def malformed(field: str, expected: str, got: str) -> NoReturn:
    """Raise ATT-101 for one field of a report."""
    raise AttestationError.of(
        "ATT-101", claim=f"SNP report {field}", expected=expected, got=got, source="AMD 56860"
    )


def _require_reserved_zero(raw: bytes, version: int) -> None:
    for start, end, until in _RESERVED:
        if version < until and any(raw[start:end]):
            malformed(f"bytes {start:#x} to {end - 1:#x}", "zero", raw[start:end].hex()[:40])


def _signing_key(key_info: int) -> SigningKey:
    selected = key_info >> 2 & 7
    if key_info >> 5 or selected not in set(SigningKey):
        malformed("key info", "a known signing key, bits 5 to 31 zero", f"{key_info:#x}")
    return SigningKey(selected)


def _component(raw: bytes, offset: int) -> int:
    """R or S: 72 bytes, of which P-384 uses 48."""
    data = raw[offset : offset + _COMPONENT_SIZE]
    if any(data[_COORDINATE_SIZE:]):
        malformed("signature", "components of 48 bytes", "longer ones")
    return int.from_bytes(data, "little")
