"""The first state of a processor as QEMU hands it to the SNP firmware, which measures it.

AMD 24593 (APM volume 2), appendix B, table "VMCB Layout, State Save Area" for SEV-ES; values at
reset from APM volume 2, section 14.1.3, with what KVM and QEMU set beyond.
"""

import struct
from typing import Final

PAGE_SIZE: Final = 4096
BSP_RESET_ADDRESS: Final = 0xFFFFFFF0
SNP_ACTIVE: Final = 1
"""SEV_FEATURES of an SNP guest with nothing else switched on."""
EPYC_GENOA_SIGNATURE: Final = 0x00A10F10
"""CPUID function 1 EAX of QEMU's model EPYC-Genoa: family 19h, model 11h, stepping 0."""

_DATA_SEGMENT: Final = (0, 0x93, 0xFFFF, 0)
_SEGMENTS: Final = {
    0x000: _DATA_SEGMENT,  # ES
    0x020: _DATA_SEGMENT,  # SS
    0x030: _DATA_SEGMENT,  # DS
    0x040: _DATA_SEGMENT,  # FS
    0x050: _DATA_SEGMENT,  # GS
    0x060: (0, 0, 0xFFFF, 0),  # GDTR
    0x070: (0, 0x82, 0xFFFF, 0),  # LDTR
    0x080: (0, 0, 0xFFFF, 0),  # IDTR
    0x090: (0, 0x8B, 0xFFFF, 0),  # TR
}
_CODE_SEGMENT: Final = 0x010
_QUADWORDS: Final = {
    0x0D0: 0x1000,  # EFER: secure virtual machine enable
    0x148: 0x40,  # CR4: machine check enable
    0x158: 0x10,  # CR0: extension type
    0x160: 0x400,  # DR7
    0x168: 0xFFFF0FF0,  # DR6
    0x170: 0x2,  # RFLAGS
    0x268: 0x0007040600070406,  # PAT
    0x3B0: SNP_ACTIVE,  # SEV_FEATURES
    0x3E8: 0x1,  # XCR0
}
_RIP: Final = 0x178
_RDX: Final = 0x310
_MXCSR: Final = (0x408, 0x1F80)
_FPU_CONTROL_WORD: Final = (0x410, 0x37F)


def page(reset_address: int, cpu_signature: int = EPYC_GENOA_SIGNATURE) -> bytes:
    """Give the save area page (4096 bytes) of a processor that begins at `reset_address`."""
    area = bytearray(PAGE_SIZE)
    code_base = reset_address & 0xFFFF0000
    segments = _SEGMENTS | {_CODE_SEGMENT: (0xF000, 0x9B, 0xFFFF, code_base)}
    for offset, segment in segments.items():
        struct.pack_into("<HHIQ", area, offset, *segment)
    registers = _QUADWORDS | {_RIP: reset_address & 0xFFFF, _RDX: cpu_signature}
    for offset, value in registers.items():
        struct.pack_into("<Q", area, offset, value)
    struct.pack_into("<I", area, *_MXCSR)
    struct.pack_into("<H", area, *_FPU_CONTROL_WORD)
    return bytes(area)
