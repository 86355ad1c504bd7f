"""What a TPM's response codes mean (TPM 2.0 library, part 2, section "TPM_RC").

A format-one code (bit 7) has the error in bits 0-5 and says in bits 6 and 8-11 which parameter,
session or handle was at fault; a format-zero code has the error in bits 0-6.
"""

from asterism.errors import Error

SUCCESS = 0x000
INITIALIZE = 0x100
OBJECT_MEMORY = 0x902
RETRY = 0x922

_FORMAT_ZERO = {
    0x100: "INITIALIZE",
    0x101: "FAILURE",
    0x103: "SEQUENCE",
    0x120: "DISABLED",
    0x125: "AUTH_MISSING",
    0x126: "POLICY",
    0x127: "PCR",
    0x142: "COMMAND_SIZE",
    0x143: "COMMAND_CODE",
    0x147: "NV_RANGE",
    0x148: "NV_LOCKED",
    0x149: "NV_AUTHORIZATION",
    0x14A: "NV_UNINITIALIZED",
    0x14B: "NV_SPACE",
    0x14C: "NV_DEFINED",
    0x902: "OBJECT_MEMORY",
    0x903: "SESSION_MEMORY",
    0x90A: "YIELDED",
    0x908: "YIELDED",
    0x920: "NV_RATE",
    0x921: "LOCKOUT",
    0x922: "RETRY",
    0x923: "NV_UNAVAILABLE",
}
_FORMAT_ONE = {
    0x01: "ASYMMETRIC",
    0x02: "ATTRIBUTES",
    0x03: "HASH",
    0x04: "VALUE",
    0x05: "HIERARCHY",
    0x07: "KEY_SIZE",
    0x08: "MGF",
    0x09: "MODE",
    0x0A: "TYPE",
    0x0B: "HANDLE",
    0x0C: "KDF",
    0x0D: "RANGE",
    0x0E: "AUTH_FAIL",
    0x12: "SCHEME",
    0x15: "SIZE",
    0x16: "SYMMETRIC",
    0x17: "TAG",
    0x18: "SELECTOR",
    0x1A: "INSUFFICIENT",
    0x1B: "SIGNATURE",
    0x1C: "KEY",
    0x1F: "INTEGRITY",
    0x20: "TICKET",
    0x21: "RESERVED_BITS",
    0x22: "BAD_AUTH",
    0x26: "CURVE",
    0x27: "ECC_POINT",
}


class TpmResponseError(Error):
    """The TPM answered a command with an error (MCH-102); `code` is the TPM_RC as sent."""

    def __init__(self, command: str, code: int) -> None:
        meaning = describe(code)
        super().__init__("MCH-102", f"the TPM refused {command}: {meaning}", code=f"0x{code:03x}")
        self.code = code


def describe(code: int) -> str:
    """Give the name of a TPM_RC and what it complains about, like `TPM_RC_VALUE, parameter 2`."""
    if code & 0x080:
        name = _FORMAT_ONE.get(code & 0x3F, f"0x{code & 0x3F:02x}")
        return f"TPM_RC_{name}{_culprit(code)}"
    return f"TPM_RC_{_FORMAT_ZERO.get(code, f'0x{code:03x}')}"


def _culprit(code: int) -> str:
    number = code >> 8 & 0xF
    if code & 0x040:
        return f", parameter {number}"
    if number & 0x8:
        return f", session {number & 0x7}"
    return f", handle {number}" if number else ""
