"""What a TPM signs and how: TPMS_ATTEST of a quote, TPMT_SIGNATURE, register selections.

TCG TPM 2.0 Library, part 2: TPMS_ATTEST (10.12.12), TPMT_SIGNATURE (11.3.4), TPML_PCR_SELECTION
(10.9.7).
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import utils

from asterism.tpm.constants import DIGEST_SIZE, PCR_COUNT, PCR_SELECT_SIZE, Alg
from asterism.tpm.wire import Reader, TpmFormatError, tpm2b, u8, u16, u32, u64

GENERATED_VALUE = 0xFF544347
"""TPM_GENERATED: the first bytes of whatever a TPM signs of its own (`\\xffTCG`)."""
ATTEST_QUOTE = 0x8018
MAXIMUM_DIGEST = 64
MAXIMUM_NAME = 66


@dataclass(frozen=True, slots=True)
class PcrSelection:
    """TPMS_PCR_SELECTION: registers of one bank, ascending."""

    hash_alg: int
    pcrs: tuple[int, ...]

    def marshal(self) -> bytes:
        """Give the wire form, always three bytes of bitmap."""
        bitmap = sum(1 << pcr for pcr in set(self.pcrs))
        return u16(self.hash_alg) + u8(PCR_SELECT_SIZE) + bitmap.to_bytes(PCR_SELECT_SIZE, "little")

    @classmethod
    def read(cls, reader: Reader) -> "PcrSelection":
        """Read one from `reader`."""
        hash_alg, size = reader.u16(), reader.u8()
        if size != PCR_SELECT_SIZE:
            raise TpmFormatError(f"TPMS_PCR_SELECTION: {size} bytes of bitmap")
        bitmap = int.from_bytes(reader.take(size), "little")
        return cls(hash_alg, tuple(pcr for pcr in range(PCR_COUNT) if bitmap >> pcr & 1))


def marshal_selections(selections: tuple[PcrSelection, ...]) -> bytes:
    """Give TPML_PCR_SELECTION."""
    return u32(len(selections)) + b"".join(selection.marshal() for selection in selections)


def read_selections(reader: Reader) -> tuple[PcrSelection, ...]:
    """Read TPML_PCR_SELECTION: at most one selection for each known hash."""
    count = reader.u32()
    if count > len(DIGEST_SIZE):
        raise TpmFormatError(f"TPML_PCR_SELECTION: {count} selections")
    return tuple(PcrSelection.read(reader) for _ in range(count))


@dataclass(frozen=True, slots=True)
class Quoted:
    """TPMS_ATTEST of type QUOTE (TPMS_QUOTE_INFO): what the attestation key signed."""

    qualified_signer: bytes
    extra_data: bytes
    clock: int
    reset_count: int
    restart_count: int
    safe: bool
    firmware_version: int
    selections: tuple[PcrSelection, ...]
    pcr_digest: bytes

    def marshal(self) -> bytes:
        """Give the wire form, which is what the signature is over."""
        head = u32(GENERATED_VALUE) + u16(ATTEST_QUOTE)
        head += tpm2b(self.qualified_signer) + tpm2b(self.extra_data)
        clock = u64(self.clock) + u32(self.reset_count) + u32(self.restart_count) + u8(self.safe)
        quote = marshal_selections(self.selections) + tpm2b(self.pcr_digest)
        return head + clock + u64(self.firmware_version) + quote

    @classmethod
    def parse(cls, data: bytes) -> "Quoted":
        """Read exactly one TPMS_ATTEST; magic or type of anything but a quote is refused."""
        reader = Reader(data, "TPMS_ATTEST")
        if reader.u32() != GENERATED_VALUE:
            raise TpmFormatError("TPMS_ATTEST: the magic is not TPM_GENERATED")
        if reader.u16() != ATTEST_QUOTE:
            raise TpmFormatError("TPMS_ATTEST: this is not a quote")
        quoted = cls(
            qualified_signer=reader.tpm2b(MAXIMUM_NAME),
            extra_data=reader.tpm2b(MAXIMUM_NAME),
            clock=reader.u64(),
            reset_count=reader.u32(),
            restart_count=reader.u32(),
            safe=_read_boolean(reader),
            firmware_version=reader.u64(),
            selections=read_selections(reader),
            pcr_digest=reader.tpm2b(MAXIMUM_DIGEST),
        )
        reader.end()
        return quoted


def _read_boolean(reader: Reader) -> bool:
    value = reader.u8()
    if value > 1:
        raise TpmFormatError(f"TPMI_YES_NO: {value}")
    return value == 1


@dataclass(frozen=True, slots=True)
class Signature:
    """TPMT_SIGNATURE of ECDSA (`numbers` = r, s) or RSASSA and RSAPSS (`numbers` = one)."""

    alg: int
    hash_alg: int
    numbers: tuple[bytes, ...]

    def marshal(self) -> bytes:
        """Give the wire form."""
        return u16(self.alg) + u16(self.hash_alg) + b"".join(map(tpm2b, self.numbers))

    @classmethod
    def parse(cls, data: bytes) -> "Signature":
        """Read exactly one TPMT_SIGNATURE."""
        reader = Reader(data, "TPMT_SIGNATURE")
        alg, hash_alg = reader.u16(), reader.u16()
        if alg not in (Alg.ECDSA, Alg.RSASSA, Alg.RSAPSS) or hash_alg not in DIGEST_SIZE:
            raise TpmFormatError(f"TPMT_SIGNATURE: 0x{alg:04x} with hash 0x{hash_alg:04x}")
        numbers = tuple(reader.tpm2b() for _ in range(2 if alg == Alg.ECDSA else 1))
        reader.end()
        return cls(alg, hash_alg, numbers)

    def ecdsa_der(self) -> bytes:
        """Give an ECDSA signature in the DER form. Raises TpmFormatError for other kinds."""
        if self.alg != Alg.ECDSA:
            raise TpmFormatError("TPMT_SIGNATURE: not an ECDSA signature")
        r, s = (int.from_bytes(number, "big") for number in self.numbers)
        return utils.encode_dss_signature(r, s)
