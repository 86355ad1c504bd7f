"""The emulated firmware measures the files it is given, and nothing passes unmeasured."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from asterism.errors import Error
from asterism.machine.firmware import BootFiles, BootRecord, boot
from asterism.machine.vtpm import Vtpm
from asterism.measurement.eventlog import parse, replay
from asterism.measurement.manifest import ReferenceValues
from asterism.measurement.uki import Uki
from asterism.tpm import commands
from asterism.tpm.responses import TpmResponseError

pytestmark = pytest.mark.tools
INITDATA = b'{"cluster":"test"}'
Boot = Callable[[], BootRecord]


@contextmanager
def _opened(image: Path) -> Iterator[BootFiles]:
    with ExitStack() as stack:
        names = ("uki.efi", "firmware.fd", "root.erofs")
        opened = [stack.enter_context((image / name).open("rb")).fileno() for name in names]
        yield BootFiles(*opened)


@pytest.fixture
def start(image: Path, vtpm: Vtpm) -> Boot:
    """Boots the image in the machine."""

    def run() -> BootRecord:
        with _opened(image) as files:
            return boot(files, tpm=vtpm.device, initdata=INITDATA, vcpus=2)

    return run


def test_registers_are_those_of_the_manifest(start: Boot, image: Path, vtpm: Vtpm) -> None:
    """A verifier that knows only the files' reference values accepts the boot."""
    record = start()
    firmware = (image / "firmware.fd").read_bytes()
    values = ReferenceValues.predict(Uki.read(image / "uki.efi"), firmware, [2])
    assert commands.pcr_read(vtpm.device, (4, 9, 11)) == values.pcrs
    assert record.measurement == values.snp_measurements[2]


def test_log_replays_to_all_registers(start: Boot, vtpm: Vtpm) -> None:
    """Every extend is in the log, and the log says nothing else."""
    record = start()
    assert replay(parse(record.event_log)) == commands.pcr_read(vtpm.device, tuple(range(24)))


def test_initdata_is_bound(start: Boot, vtpm: Vtpm) -> None:
    """Its digest is the one event of PCR 8, and HOST_DATA."""
    record, digest = start(), hashlib.sha256(INITDATA).digest()
    assert record.host_data == digest
    assert commands.pcr_read(vtpm.device, (8,))[8] == hashlib.sha256(bytes(32) + digest).digest()
    assert len(parse(record.event_log).for_pcr(8)) == 1


def test_cluster_register_is_left_alone(start: Boot, vtpm: Vtpm) -> None:
    """PCR 15 is zero until the node belongs to a cluster."""
    start()
    assert commands.pcr_read(vtpm.device, (12, 15)) == {12: bytes(32), 15: bytes(32)}


def test_each_register_has_one_separator(start: Boot) -> None:
    """A second separator in PCR 0 to 7 would be an attack."""
    log = parse(start().event_log)
    separators = [event.pcr for event in log.events if event.type == 4]
    assert sorted(separators) == list(range(8))


def test_log_says_that_it_is_emulated(start: Boot) -> None:
    """The firmware's version is the first thing a reader sees."""
    first = parse(start().event_log).events[0]
    assert "EMULATED" in first.data.decode("utf-16-le")


def test_command_line_is_the_measured_one(start: Boot) -> None:
    """The machine starts with what was measured."""
    assert start().cmdline.startswith("console=ttyS0 asterism.root=sha256:")


def test_platform_hierarchy_is_closed(start: Boot, vtpm: Vtpm) -> None:
    """The guest cannot change what the TPM's maker wrote."""
    start()
    with pytest.raises(TpmResponseError, match="HIERARCHY"):
        commands.nv_write(vtpm.device, 0x01C0000A, b"other")


@pytest.mark.parametrize("name", ["uki.efi", "firmware.fd"])
def test_changed_file_shows(start: Boot, image: Path, name: str) -> None:
    """One byte more in the image or the firmware gives another measurement."""
    with _opened(image) as files:
        before = _measurement(files)
    data = bytearray((image / name).read_bytes())
    data[700] ^= 1
    (image / name).write_bytes(data)
    assert start().measurement != before


def _measurement(files: BootFiles) -> bytes:
    from asterism.machine.firmware.files import read
    from asterism.measurement.snp_launch import launch_digest

    return launch_digest(read(files.firmware), read(files.uki), 2)


@pytest.mark.parametrize("content", [b"", b"another root"])
def test_changed_root_is_not_started(start: Boot, image: Path, vtpm: Vtpm, content: bytes) -> None:
    """The root must be the one that the measured command line names; nothing is extended."""
    (image / "root.erofs").write_bytes(content)
    with pytest.raises(Error, match="MCH-131"):
        start()
    assert commands.pcr_read(vtpm.device, (4,))[4] == bytes(32)


def test_descriptors_are_what_is_measured(image: Path, vtpm: Vtpm) -> None:
    """Replacing a file by name after it was opened changes nothing."""
    with _opened(image) as files:
        for name in ("uki.efi", "firmware.fd", "root.erofs"):
            (image / f"{name}.new").write_bytes(b"evil")
            (image / f"{name}.new").replace(image / name)
        os.lseek(files.uki, 100, os.SEEK_SET)
        record = boot(files, tpm=vtpm.device, initdata=INITDATA, vcpus=2)
    assert "asterism.root" in record.cmdline
