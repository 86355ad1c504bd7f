"""The emulated AMD secure processor: signs what the firmware launched, as a real one would.

What it says about the guest is fixed at launch, as on hardware. Guest policy, VMPL and TCB are
arguments of the launch because the untrusted host chooses them there too.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding

from asterism import clock
from asterism.errors import UserError
from asterism.machine.makers.amd import ChipMaker
from asterism.machine.makers.store import MakerStore
from asterism.machine.processors import snp_report
from asterism.machine.processors.snp_report import GuestPolicy, ReportFields
from asterism.machine.processors.tcb import TcbVersion

CHIP_ID_SIZE: Final = 64
GENOA_TCB: Final = TcbVersion(boot_loader=10, tee=0, snp=23, microcode=84)
"""A patched Genoa of 2025."""


@dataclass(frozen=True, slots=True)
class SnpLaunch:
    """What the guest was launched with: sizes 48 and 32 bytes, VMPL 0 to 3."""

    measurement: bytes
    host_data: bytes
    policy: GuestPolicy = field(default_factory=GuestPolicy)
    vmpl: int = 0
    tcb: TcbVersion = GENOA_TCB


@dataclass(frozen=True, slots=True)
class SnpReport:
    """A signed report (1184 bytes) and the DER certificates VCEK, ASK, ARK."""

    report: bytes
    certificates: tuple[bytes, bytes, bytes]


class SnpProcessor:
    """One secure processor with one launched guest."""

    def __init__(self, chip_id: bytes, launch: SnpLaunch, maker: ChipMaker) -> None:
        if len(chip_id) != CHIP_ID_SIZE:
            raise UserError("MCH-121", f"a chip ID has {CHIP_ID_SIZE} bytes, not {len(chip_id)}")
        self._fields = ReportFields(
            policy=launch.policy,
            vmpl=launch.vmpl,
            measurement=launch.measurement,
            host_data=launch.host_data,
            # A real report ID is random for each launch.
            report_id=clock.random_bytes(32),
            chip_id=chip_id,
            tcb=launch.tcb,
        )
        self._vcek = maker.vcek(chip_id, launch.tcb)
        chain = (self._vcek, maker.ask, maker.ark)
        vcek, ask, ark = (item.certificate.public_bytes(Encoding.DER) for item in chain)
        self._certificates = (vcek, ask, ark)

    @classmethod
    def launch(
        cls, chip_dir: Path, launch: SnpLaunch, makers: MakerStore | None = None
    ) -> "SnpProcessor":
        """Launch a guest on the machine's own chip; its ID is in `chip_dir`, drawn on first use.

        Raises UserError MCH-121 for impossible parameters and MCH-120 for the store.
        """
        return cls(_chip_id(chip_dir), launch, ChipMaker(makers or MakerStore()))

    def report(self, report_data: bytes) -> SnpReport:
        """Answer MSG_REPORT_REQ for 64 bytes of report data.

        Raises UserError MCH-121 for another size.
        """
        body = snp_report.encode(self._fields, report_data)
        return SnpReport(body + _sign(self._vcek.key, body), self._certificates)


def _chip_id(chip_dir: Path) -> bytes:
    file = chip_dir / "chip-id"
    if not file.exists():
        chip_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = chip_dir / "chip-id.new"
        unfinished.write_bytes(clock.random_bytes(CHIP_ID_SIZE))
        unfinished.replace(file)
    return file.read_bytes()


def _sign(key: object, body: bytes) -> bytes:
    """Give the report's last 512 bytes: r and s, little-endian in 72 bytes each, then zeros."""
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise UserError("MCH-120", "the chip's key is not an elliptic curve key")
    signature = key.sign(body, ec.ECDSA(hashes.SHA384()))
    numbers = utils.decode_dss_signature(signature)
    size = snp_report.SIGNATURE_NUMBER_SIZE
    both = b"".join(number.to_bytes(size, "little") for number in numbers)
    return both.ljust(snp_report.SIGNATURE_SIZE, b"\0")
