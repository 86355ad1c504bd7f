"""The built node image: what other tools, and a real boot, say of its measurements."""

import importlib.util
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sevsnpmeasure import guest, vcpu_types
from sevsnpmeasure.sev_mode import SevMode

from asterism.config import paths
from asterism.machine.firmware import BootFiles, boot
from asterism.machine.vtpm import Vtpm
from asterism.measurement import boot_events
from asterism.measurement.manifest import ImageManifest, ReferenceValues
from asterism.measurement.pe import PeImage
from asterism.measurement.uki import Uki
from asterism.proc import run
from asterism.tpm import commands
from asterism.tpm.constants import Alg

pytestmark = [pytest.mark.image, pytest.mark.tools]
RECORDER = Path(__file__).parent / "recording/record_boot.py"
SECTIONS = ("linux", "osrel", "cmdline", "initrd", "uname", "sbat")


@pytest.fixture(scope="module")
def image() -> Path:
    """The newest image, by its own directory."""
    return (paths.IMAGES / "current").resolve(strict=True)


@pytest.fixture(scope="module")
def values(image: Path) -> ReferenceValues:
    """What its manifest says."""
    manifest = ImageManifest.from_json((image / "manifest.json").read_bytes())
    return manifest.reference_values


def test_pcr_11_is_what_systemd_measure_says(
    image: Path, values: ReferenceValues, tmp_path: Path
) -> None:
    """systemd's own tool, of the release that the image's stub is from."""
    uki = PeImage((image / "uki.efi").read_bytes())
    contents = {section.name: uki.content(section) for section in uki.sections}
    options = []
    for name in SECTIONS:
        (tmp_path / name).write_bytes(contents[f".{name}"])
        options.append(f"--{name}={tmp_path / name}")
    phase = ":".join(boot_events.PHASES)
    argv = [*_systemd_measure(), "calculate", *options, "--bank=sha256", "--json=short"]
    answer = json.loads(run([*argv, f"--phase={phase}"]).stdout)
    assert answer["sha256"][0]["hash"] == values.pcrs[11].hex()


def _systemd_measure() -> list[str]:
    """The tool from the build's tools tree, with the libraries of that tree."""
    found = sorted(
        (paths.CACHE / "steps/debian-tools").glob("*/root/usr/lib/systemd/systemd-measure")
    )
    if not found:
        pytest.skip("the image was not built on this host")
    libraries = found[-1].parents[1] / "x86_64-linux-gnu"
    path = f"{libraries}:{libraries / 'systemd'}:{found[-1].parent}"
    return [str(libraries / "ld-linux-x86-64.so.2"), "--library-path", path, str(found[-1])]


def test_launch_digests_are_what_sev_snp_measure_says(image: Path, values: ReferenceValues) -> None:
    """For the image's own firmware and every processor count of the manifest."""
    files = (str(image / "firmware.fd"), str(image / "uki.efi"))
    signature = vcpu_types.CPU_SIGS["EPYC-Genoa"]
    for count, digest in values.snp_measurements.items():
        theirs = guest.calc_launch_digest(SevMode.SEV_SNP, count, signature, *files, "", "", 1)
        assert digest == theirs


def test_emulated_boot_gives_the_manifests_values(
    image: Path, values: ReferenceValues, vtpm: Vtpm
) -> None:
    """The sandbox provider's firmware, on the very files."""
    with (
        (image / "uki.efi").open("rb") as uki,
        (image / "firmware.fd").open("rb") as firmware,
        (image / "root.erofs").open("rb") as root,
    ):
        files = BootFiles(uki.fileno(), firmware.fileno(), root.fileno())
        record = boot(files, tpm=vtpm.device, initdata=b"{}", vcpus=2)
    assert commands.pcr_read(vtpm.device, (4, 9, 11)) == values.pcrs
    assert record.measurement == values.snp_measurements[2]


@pytest.fixture
def recorder() -> ModuleType:
    """The recording program, as a module."""
    spec = importlib.util.spec_from_file_location("record_boot", RECORDER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def work() -> Iterator[Path]:
    """A directory with a name short enough for sockets, which QEMU writes into."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.slow
def test_real_boot_extends_what_is_predicted(image: Path, recorder: ModuleType, work: Path) -> None:
    """OVMF, systemd-stub, Linux and systemd under QEMU, until the initrd's systemd runs."""
    extends = recorder.record(work, image / "uki.efi", boot_events.PHASES[0], {})
    predicted = boot_events.until_kernel(Uki.read(image / "uki.efi"))
    predicted += boot_events.phases(boot_events.PHASES[:1])
    for pcr in (4, 9, 11, 12):
        expected = [event.digests[Alg.SHA256] for event in predicted if event.pcr == pcr]
        assert [digest for index, digest in extends if index == pcr] == expected
