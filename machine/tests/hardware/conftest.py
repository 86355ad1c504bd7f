"""One set of emulated makers for all tests: RSA-4096 keys take their time."""

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterism.machine.makers import MakerStore
from asterism.machine.processors.snp import SnpLaunch, SnpProcessor
from asterism.machine.vtpm import Vtpm

SUFFIX = Path(__file__).parents[3] / "internal/tests/vectors/launch-digest/ovmf_AmdSev_suffix.bin"
ROOT = b"the root file" * 1000


@pytest.fixture(scope="session")
def makers(tmp_path_factory: pytest.TempPathFactory) -> MakerStore:
    """A store of makers that was just made."""
    return MakerStore(tmp_path_factory.mktemp("makers") / "store")


@pytest.fixture
def launch() -> SnpLaunch:
    """An ordinary launch."""
    return SnpLaunch(measurement=bytes(range(48)), host_data=bytes(range(32)))


@pytest.fixture
def processor(tmp_path: Path, makers: MakerStore, launch: SnpLaunch) -> SnpProcessor:
    """A processor with that launch."""
    return SnpProcessor.launch(tmp_path / "snp", launch, makers)


@pytest.fixture
def vtpm(tmp_path: Path, makers: MakerStore) -> Iterator[Vtpm]:
    """A TPM that was just made and switched on."""
    (tmp_path / "host").mkdir()
    with Vtpm.start(tmp_path / "tpm", tmp_path / "host", makers) as running:
        yield running


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A directory with the files of a small image that has no code in it."""
    folder = tmp_path / "image"
    folder.mkdir()
    digest = hashlib.sha256(ROOT).hexdigest()
    cmdline = f"console=ttyS0 asterism.root=sha256:{digest} quiet".encode()
    kernel = _pe({".text": b"kernel"})
    sections = {".osrel": b"ID=test\n", ".cmdline": cmdline, ".linux": kernel, ".initrd": b"rd"}
    (folder / "uki.efi").write_bytes(_pe(sections))
    (folder / "firmware.fd").write_bytes(bytes(3 * 4096) + SUFFIX.read_bytes())
    (folder / "root.erofs").write_bytes(ROOT)
    return folder


def _pe(sections: dict[str, bytes]) -> bytes:
    """A PE32+ image that holds `sections`."""
    headers, optional = 1024, bytearray(240)
    struct.pack_into("<H", optional, 0, 0x20B)
    struct.pack_into("<I", optional, 60, headers)
    struct.pack_into("<I", optional, 108, 16)
    table, body = b"", b""
    for name, content in sections.items():
        padded = content + bytes(-len(content) % 512)
        place = headers + len(body)
        table += struct.pack("<8sIIII16x", name.encode(), len(content), place, len(padded), place)
        body += padded
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, len(optional), 0)
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + coff + bytes(optional) + table
    return head.ljust(headers, b"\0") + body
