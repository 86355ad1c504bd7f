"""V02: no byte of evidence can be changed, be it real evidence or that of emulated machines."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pytest

from asterism.atls.purpose import Purpose, Role
from asterism.atls.verifier import StandardVerifier
from asterism.attestation.binding import Binding
from asterism.attestation.claims import NodeClaims
from asterism.e2e import sightings, twins
from asterism.e2e.lab import recorded
from asterism.e2e.lab.opening import shown_by
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.recorded import AT, Recorded
from asterism.e2e.lab.refusal import NotRefusedError
from asterism.e2e.lab.starting import PowerOn
from asterism.errors import AttestationError
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.proto.session.v1.session_pb2 import Hello, Proof
from asterism.tpm.structures import Quoted

pytestmark = [pytest.mark.tools, pytest.mark.timeout(120)]

PARTS = ("ak_public", "quoted", "signature", "ek_certificate", "event_log")
"""Of the TPM's evidence."""


def flipped(data: bytes, *, every_bit: bool = False) -> Iterator[tuple[int, bytes]]:
    """`data` with one bit changed: each bit of it, or one in each byte."""
    for offset in range(len(data)):
        for bit in range(8) if every_bit else (offset % 8,):
            changed = bytearray(data)
            changed[offset] ^= 1 << bit
            yield offset, bytes(changed)


def expect_all_refused(
    parts: Mapping[str, bytes],
    check: Callable[[Mapping[str, bytes]], object],
    *,
    of: Iterable[str] = (),
    every_bit: bool = False,
) -> None:
    """`check` takes the parts as they are, and refuses each, or those `of`, once changed."""
    check(parts)
    for name in of or parts:
        for offset, changed in flipped(parts[name], every_bit=every_bit):
            try:
                check({**parts, name: changed})
            except AttestationError as exc:
                sightings.refusal(*(mismatch.error_id for mismatch in exc.mismatches))
            else:
                msg = f"byte {offset} of {name} was changed and nobody noticed"
                raise NotRefusedError(msg)


def name_of(real: Recorded) -> str:
    """For parameters."""
    return real.name


@pytest.mark.attack("V02", refused=("ATT-101", "ATT-108"))
@pytest.mark.parametrize("real", recorded.reports(), ids=name_of)
def test_no_byte_of_a_real_report_can_be_changed(real: Recorded) -> None:
    """V02: every one of its 1184 bytes; none ends in an error of another kind."""
    expect_all_refused(real.parts, real.check, of=("report",))


@pytest.mark.attack("V02", refused=("ATT-103", "ATT-104"))
def test_no_byte_of_real_certificates_can_be_changed() -> None:
    """V02: of a chip's, and of the maker's that all those chips share."""
    real = recorded.reports()[0]
    expect_all_refused(real.parts, real.check, of=("leaf", "intermediate"))


@pytest.mark.attack("V02", refused=("ATT-201", "ATT-204", "ATT-206"))
@pytest.mark.parametrize("real", recorded.quotes(), ids=name_of)
def test_no_byte_of_a_real_quote_can_be_changed(real: Recorded) -> None:
    """V02: nor of its signature, nor of the registers that are shown with it."""
    expect_all_refused(real.parts, real.check)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("real", [*recorded.reports(), *recorded.quotes()], ids=name_of)
def test_no_bit_of_real_evidence_can_be_changed(real: Recorded) -> None:
    """V02: each single bit of everything."""
    expect_all_refused(real.parts, real.check, every_bit=True)


@dataclass(frozen=True)
class Emulated:
    """Evidence of a lab machine and who verifies it."""

    owner: LabOwner
    evidence: Evidence
    binding: Binding
    ak_name: bytes

    @property
    def parts(self) -> dict[str, bytes]:
        """Everything in it, by name."""
        tpm, snp = self.evidence.tpm, self.evidence.snp
        certificates = {"leaf": snp.certificates[0], "intermediate": snp.certificates[1]}
        parts = {name: getattr(tpm, name) for name in PARTS}
        registers = {"registers": b"".join(tpm.pcrs), "initdata": self.evidence.initdata}
        return {"report": snp.report, **certificates, **parts, **registers}

    def check(self, parts: Mapping[str, bytes]) -> NodeClaims:
        """Verify as a session does, the name of the key included."""
        evidence, registers = Evidence(initdata=parts["initdata"]), parts["registers"]
        evidence.snp.report = parts["report"]
        evidence.snp.certificates.extend((parts["leaf"], parts["intermediate"]))
        evidence.tpm.pcrs.extend(registers[i : i + 32] for i in range(0, len(registers), 32))
        for name in PARTS:
            setattr(evidence.tpm, name, parts[name])
        said, proof = Hello(ak_name=self.ak_name), Proof(evidence=evidence)
        claims = self.verifier.verify(Purpose.INIT, Role.LISTENER, proof, self.binding, said)
        assert isinstance(claims, NodeClaims)
        return claims

    @cached_property
    def verifier(self) -> StandardVerifier:
        """The owner's side of the session."""
        return StandardVerifier(policy=self.owner.policy())


@pytest.fixture
def emulated(owner: LabOwner, power_on: PowerOn) -> Emulated:
    """Fresh evidence of a machine that its owner wants."""
    machine = power_on(owner)
    evidence, binding = shown_by(machine.prover)
    return Emulated(owner, evidence, binding, machine.prover.ak_name)


SIGNED = ("report", "ak_public", "quoted", "signature", "registers", "initdata")


@pytest.mark.attack("V02", refused=("ATT-108", "ATT-204", "ATT-206"))
def test_no_byte_of_emulated_evidence_can_be_changed(emulated: Emulated) -> None:
    """V02: report, key, quote, registers, initdata."""
    expect_all_refused(emulated.parts, emulated.check, of=SIGNED)


@pytest.mark.attack("V02", refused=("ATT-103", "ATT-212"))
def test_no_byte_of_emulated_certificates_can_be_changed(emulated: Emulated) -> None:
    """V02: of the chip, its maker, and the TPM."""
    certificates = ("leaf", "intermediate", "ek_certificate")
    expect_all_refused(emulated.parts, emulated.check, of=certificates)


@pytest.mark.attack("V02", refused=("ATT-208", "ATT-209"))
def test_no_byte_of_an_event_log_changes_what_is_proven(emulated: Emulated) -> None:
    """V02: digests cannot be changed; the notes beside them, which nothing is read from, can."""
    parts = emulated.parts
    proven = replace(emulated.check(parts), verified_at=AT)
    for _, changed in flipped(parts["event_log"]):
        try:
            claims = emulated.check({**parts, "event_log": changed})
        except AttestationError as exc:
            sightings.refusal(exc.error_id)
        else:
            assert replace(claims, verified_at=AT) == proven


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_bit_of_emulated_evidence_can_be_changed(emulated: Emulated) -> None:
    """V02: each single bit of all that is signed."""
    expect_all_refused(emulated.parts, emulated.check, of=SIGNED, every_bit=True)


@pytest.mark.twin("V02")
def test_twin_of_an_altered_quote(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    """V02: where a bad signature has no consequence, what the TPM says can be changed."""
    twins.load("V02").apply(monkeypatch)
    parts = emulated.parts
    quoted = Quoted.parse(parts["quoted"])
    rolled_back = replace(quoted, reset_count=quoted.reset_count + 1)
    claims = emulated.check({**parts, "quoted": rolled_back.marshal()})
    assert claims.reset_count == quoted.reset_count + 1
