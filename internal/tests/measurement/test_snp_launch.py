"""Our launch digest equals that of sev-snp-measure, which shares no code with us."""

import hashlib
from pathlib import Path

import pytest
from sevsnpmeasure import guest, vcpu_types
from sevsnpmeasure.sev_mode import SevMode

from asterism.measurement.ovmf import AreaType, LaunchError, Ovmf
from asterism.measurement.snp_launch import launch_digest

SUFFIX = (Path(__file__).parents[1] / "vectors/launch-digest/ovmf_AmdSev_suffix.bin").read_bytes()
UKI = b"a unified kernel image" * 500


@pytest.fixture(scope="module")
def firmware() -> bytes:
    """An image with the real tables at its end and arbitrary pages before them."""
    return hashlib.shake_256(b"pages").digest(15 * 4096) + SUFFIX


@pytest.mark.parametrize("vcpus", [1, 2, 4])
def test_digest_equals_sev_snp_measure(firmware: bytes, tmp_path: Path, vcpus: int) -> None:
    """For one and for several processors."""
    (tmp_path / "firmware").write_bytes(firmware)
    (tmp_path / "uki").write_bytes(UKI)
    paths = (str(tmp_path / "firmware"), str(tmp_path / "uki"))
    signature = vcpu_types.CPU_SIGS["EPYC-Genoa"]
    theirs = guest.calc_launch_digest(SevMode.SEV_SNP, vcpus, signature, *paths, "", "", 1)
    assert launch_digest(firmware, UKI, vcpus) == theirs


def test_everything_that_is_launched_counts(firmware: bytes) -> None:
    """Firmware, image and number of processors each change the digest."""
    digests = {
        launch_digest(firmware, UKI, 2),
        launch_digest(b"\0" + firmware[1:], UKI, 2),
        launch_digest(firmware, UKI + b"\0", 2),
        launch_digest(firmware, UKI, 3),
    }
    assert len(digests) == 4


def test_metadata_names_the_areas(firmware: bytes) -> None:
    """Secrets, CPUID and kernel hashes each have one place."""
    kinds = [area.kind for area in Ovmf(firmware).areas]
    for kind in (AreaType.SECRETS, AreaType.CPUID, AreaType.KERNEL_HASHES):
        assert kinds.count(kind) == 1


def test_firmware_without_tables_is_refused() -> None:
    """Any other file is no firmware for a confidential guest."""
    for data in (b"", bytes(4096), SUFFIX[:-1], SUFFIX + b"\0"):
        with pytest.raises(LaunchError):
            launch_digest(data, UKI, 2)


def test_guest_without_processors_is_refused(firmware: bytes) -> None:
    """There is no such guest."""
    with pytest.raises(LaunchError):
        launch_digest(firmware, UKI, 0)


def test_damaged_tables_are_refused_or_change_the_digest(firmware: bytes) -> None:
    """No altered byte at the end of the firmware goes unnoticed."""
    right = launch_digest(firmware, UKI, 2)
    for offset in range(len(firmware) - 512, len(firmware)):
        altered = bytearray(firmware)
        altered[offset] ^= 0xFF
        try:
            assert launch_digest(bytes(altered), UKI, 2) != right
        except LaunchError:
            continue
