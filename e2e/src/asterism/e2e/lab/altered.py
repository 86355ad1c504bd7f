"""Provers that show something else than the machine's own evidence.

Reports are signed anew with the chip's own key, so what a verifier meets is what a genuine
processor would say of another launch. Without that it would only meet a broken signature.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA384
from typing_extensions import override

from asterism.atls.prover import Prover
from asterism.attestation.binding import Binding
from asterism.e2e.lab.machine import LabMachine
from asterism.machine.makers.amd import ChipMaker
from asterism.machine.makers.store import Identity, MakerStore
from asterism.machine.processors import snp_report
from asterism.machine.processors.snp import GENOA_TCB
from asterism.machine.processors.tcb import TcbVersion
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.proto.session.v1.session_pb2 import Proof

GUEST_POLICY, VMPL, MEASUREMENT, HOST_DATA = 0x008, 0x030, 0x090, 0x0C0
CURRENT_TCB, REPORTED_TCB, COMMITTED_TCB, LAUNCH_TCB = 0x038, 0x180, 0x1E0, 0x1F0
CHIP_ID = slice(0x1A0, 0x1E0)
"""Where a report's fields begin (AMD 56860, table "ATTESTATION_REPORT Structure")."""

Alteration = Callable[[Evidence, Binding], None]
"""Changes evidence that was made for a binding, in place."""


@dataclass(frozen=True, slots=True)
class Altered(Prover):
    """Proves as the machine does and alters the evidence before it shows it."""

    machine: LabMachine
    alter: Alteration

    @property
    @override
    def ak_name(self) -> bytes:
        return self.machine.prover.ak_name

    @override
    def prove(self, binding: Binding) -> Proof:
        evidence = self.machine.prover.evidence(binding)
        self.alter(evidence, binding)
        return Proof(evidence=evidence)


def report_of(machine: LabMachine, fields: Mapping[int, bytes]) -> Altered:
    """The machine, whose processor writes `fields` (offset and bytes) into its reports."""

    def alter(evidence: Evidence, _binding: Binding) -> None:
        evidence.snp.report = signed_anew(evidence.snp.report, fields, machine.makers)

    return Altered(machine, alter)


def firmware_of(machine: LabMachine, tcb: TcbVersion) -> Altered:
    """The machine, whose platform runs other firmware and has AMD's certificate for it."""

    def alter(evidence: Evidence, _binding: Binding) -> None:
        raw = tcb.encode()
        fields = dict.fromkeys((CURRENT_TCB, REPORTED_TCB, COMMITTED_TCB, LAUNCH_TCB), raw)
        report = evidence.snp.report
        evidence.snp.report = signed_anew(report, fields, machine.makers, endorsed=tcb)
        evidence.snp.certificates[0] = _vcek(report, tcb, machine.makers).der

    return Altered(machine, alter)


def initdata_of(machine: LabMachine, shown: bytes) -> Altered:
    """The machine, which shows other initdata than were measured at its launch."""

    def alter(evidence: Evidence, _binding: Binding) -> None:
        evidence.initdata = shown

    return Altered(machine, alter)


def signed_anew(
    report: bytes,
    fields: Mapping[int, bytes],
    makers: MakerStore,
    *,
    endorsed: TcbVersion = GENOA_TCB,
) -> bytes:
    """The report with other bytes in it, signed by its chip's key for the firmware `endorsed`."""
    body = bytearray(report[: snp_report.SIGNED_SIZE])
    for offset, value in fields.items():
        body[offset : offset + len(value)] = value
    key = _vcek(report, endorsed, makers).key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    numbers = utils.decode_dss_signature(key.sign(bytes(body), ec.ECDSA(SHA384())))
    size = snp_report.SIGNATURE_NUMBER_SIZE
    signature = b"".join(number.to_bytes(size, "little") for number in numbers)
    return bytes(body) + signature.ljust(snp_report.SIGNATURE_SIZE, b"\0")


def _vcek(report: bytes, tcb: TcbVersion, makers: MakerStore) -> Identity:
    return ChipMaker(makers).vcek(report[CHIP_ID], tcb)
