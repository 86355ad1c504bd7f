"""The emulated secure processor signs reports of the real form."""

import struct
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from asterism.errors import UserError
from asterism.machine.makers import MakerStore
from asterism.machine.processors.snp import SnpLaunch, SnpProcessor
from asterism.machine.processors.snp_report import GuestPolicy
from asterism.machine.processors.tcb import TcbVersion

DATA = bytes(range(64))


def _check(report: bytes, vcek: bytes) -> None:
    key = x509.load_der_x509_certificate(vcek).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = (int.from_bytes(report[at : at + 72], "little") for at in (0x2A0, 0x2E8))
    key.verify(utils.encode_dss_signature(r, s), report[:0x2A0], ec.ECDSA(hashes.SHA384()))


def test_report_has_the_fields_in_their_places(processor: SnpProcessor, launch: SnpLaunch) -> None:
    """Offsets are those of AMD's table."""
    report = processor.report(DATA).report
    assert len(report) == 1184
    version, svn, policy = struct.unpack_from("<IIQ", report)
    assert (version, svn, policy) == (3, 0, 1 << 17 | 1 << 16)
    assert struct.unpack_from("<II", report, 0x30) == (0, 1)
    assert report[0x50:0x90] == DATA
    assert report[0x90:0xC0] == launch.measurement
    assert report[0xC0:0xE0] == launch.host_data
    assert report[0x160:0x180] == b"\xff" * 32
    tcbs = {report[at : at + 8] for at in (0x38, 0x180, 0x1E0, 0x1F0)}
    assert tcbs == {launch.tcb.encode()}
    assert report[0x188:0x18B] == b"\x19\x11\x01"


def test_reserved_bytes_are_zero(processor: SnpProcessor) -> None:
    """Strict readers look at them."""
    report = processor.report(DATA).report
    for start, end in ((0x4C, 0x50), (0x18B, 0x1A0), (0x1F8, 0x2A0), (0x330, 0x4A0)):
        assert not any(report[start:end])


def test_signature_covers_the_report(processor: SnpProcessor) -> None:
    """And any other byte breaks it."""
    answer = processor.report(DATA)
    _check(answer.report, answer.certificates[0])
    for offset in (0x08, 0x50, 0x90, 0xC0, 0x180, 0x29F):
        altered = bytearray(answer.report)
        altered[offset] ^= 1
        with pytest.raises(InvalidSignature):
            _check(bytes(altered), answer.certificates[0])


def test_launch_parameters_of_the_host_show(
    tmp_path: Path, makers: MakerStore, launch: SnpLaunch
) -> None:
    """A host that launches a debug guest, an old TCB or another VMPL cannot hide it."""
    old = TcbVersion(boot_loader=3, tee=0, snp=8, microcode=72)
    policy = GuestPolicy(debug=True, migrate_ma=True, single_socket=True, abi_minor=31)
    launched = replace(launch, policy=policy, vmpl=1, tcb=old)
    report = SnpProcessor.launch(tmp_path, launched, makers).report(DATA).report
    assert struct.unpack_from("<Q", report, 0x08)[0] == 0x1F << 16 | 31
    assert struct.unpack_from("<I", report, 0x30)[0] == 1
    assert report[0x180:0x188] == old.encode()


def test_chip_keeps_its_identity(tmp_path: Path, makers: MakerStore, launch: SnpLaunch) -> None:
    """A machine has one chip for life; its guests differ by report ID."""
    reports = [SnpProcessor.launch(tmp_path, launch, makers).report(DATA).report for _ in range(2)]
    assert reports[0][0x1A0:0x1E0] == reports[1][0x1A0:0x1E0] != bytes(64)
    assert reports[0][0x140:0x160] != reports[1][0x140:0x160]


def test_two_machines_have_two_chips(tmp_path: Path, makers: MakerStore, launch: SnpLaunch) -> None:
    """And two keys."""
    answers = [
        SnpProcessor.launch(tmp_path / name, launch, makers).report(DATA) for name in ("a", "b")
    ]
    assert answers[0].report[0x1A0:0x1E0] != answers[1].report[0x1A0:0x1E0]
    assert answers[0].certificates[0] != answers[1].certificates[0]
    assert answers[0].certificates[1:] == answers[1].certificates[1:]


def test_impossible_parameters_are_refused(
    tmp_path: Path, makers: MakerStore, launch: SnpLaunch
) -> None:
    """As firmware would."""
    wrong = (
        replace(launch, measurement=b"short"),
        replace(launch, host_data=b""),
        replace(launch, vmpl=4),
        replace(launch, policy=GuestPolicy(abi_major=256)),
    )
    for parameters in wrong:
        with pytest.raises(UserError, match="MCH-121"):
            SnpProcessor.launch(tmp_path, parameters, makers).report(DATA)
    with pytest.raises(UserError, match="MCH-121"):
        TcbVersion(128, 0, 0, 0)


@pytest.mark.parametrize("size", [0, 63, 65])
def test_report_data_of_another_size_is_refused(processor: SnpProcessor, size: int) -> None:
    """Never padded."""
    with pytest.raises(UserError, match="REPORT_DATA"):
        processor.report(bytes(size))
