"""What is measured: reports, event logs, boot images, firmware, manifests."""

import hashlib
import struct

from asterism.attestation.snp.report import Report
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.attestation.tpm.verify import read_log
from asterism.e2e.fuzz.seeds import quotes, vector
from asterism.e2e.fuzz.target import Shape, Target
from asterism.measurement import eventlog
from asterism.measurement.manifest import ImageManifest, ReferenceValues
from asterism.measurement.ovmf import FOOTER, HASH_TABLE, METADATA, RESET_BLOCK
from asterism.measurement.pe import PeImage
from asterism.measurement.snp_launch import launch_digest_of
from asterism.measurement.uki import Uki, predict_pcrs

_OPTIONAL_SIZE = 240
_HEADERS = 1024
_SECTIONS = {
    ".osrel": b"ID=debian\n",
    ".cmdline": b"console=ttyS0 quiet",
    ".uname": b"6.12",
    ".initrd": b"initrd",
}


def _report(data: bytes) -> None:
    assert Report.parse(data).raw == data


def _tcb(data: bytes) -> None:
    """TCB_VERSION always has eight bytes: the report's size was checked before."""
    if len(data) == 8:
        for product in Product:
            try:
                tcb = Tcb.parse(data, product)
            except ValueError:  # reserved bytes; the caller makes ATT-101 of it
                continue
            assert tcb.encode(product) == data


def _log(data: bytes) -> None:
    log = eventlog.parse(data)
    assert eventlog.encode(log) == data
    for bank in log.banks:
        eventlog.replay(log, bank)


def _peers_log(data: bytes) -> None:
    eventlog.replay(read_log(data))


def _uki(data: bytes) -> None:
    predict_pcrs(Uki.parse(data))


def _pe(data: bytes) -> None:
    image = PeImage(data)
    image.authenticode_sha256()
    for section in image.sections:
        image.content(section)


def _firmware(data: bytes) -> None:
    launch_digest_of(data, bytes(range(32)), 2)


def _manifest(data: bytes) -> None:
    assert ImageManifest.from_json(data).to_json() == data


def _logs() -> list[bytes]:
    return [quotes.log(), quotes.old_log(), vector("eventlogs/crypto_agile_eventlog")[:3000]]


def _image(sections: dict[str, bytes]) -> bytes:
    """A PE32+ image with `sections`."""
    optional = bytearray(_OPTIONAL_SIZE)
    struct.pack_into("<H", optional, 0, 0x20B)
    struct.pack_into("<I", optional, 60, _HEADERS)
    struct.pack_into("<I", optional, 108, 16)
    table, body = b"", b""
    for name, content in sections.items():
        padded = content + bytes(-len(content) % 64)
        place = _HEADERS + len(body)
        table += struct.pack("<8sIIII16x", name.encode(), len(content), place, len(padded), place)
        body += padded
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, _OPTIONAL_SIZE, 0)
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + coff + bytes(optional) + table
    return head.ljust(_HEADERS, b"\0") + body


def _ukis() -> list[bytes]:
    return [_image({**_SECTIONS, ".linux": _image({".text": b"code"})})]


def _firmwares() -> list[bytes]:
    """A whole small image, and the end of a real one."""
    areas = ((0x800000, 0x9000, 1), (0x80D000, 0x1000, 2), (0x80E000, 0x1000, 3),
             (0x810000, 0x1000, 0x10))  # fmt: skip
    metadata = struct.pack("<4sIII", b"ASEV", 16 + 12 * len(areas), 1, len(areas))
    metadata += b"".join(struct.pack("<III", *area) for area in areas)
    size = 4096
    place = size - 1024
    entries = b"".join(
        content + struct.pack("<H", 18 + len(content)) + guid.bytes_le
        for guid, content in (
            (METADATA, struct.pack("<I", size - place)),
            (HASH_TABLE, struct.pack("<II", 0x810C00, 0x400)),
            (RESET_BLOCK, struct.pack("<I", 0x80B004)),
        )
    )
    table = entries + struct.pack("<H", 18 + len(entries)) + FOOTER.bytes_le
    image = bytearray(size)
    image[place : place + len(metadata)] = metadata
    image[size - 32 - len(table) : size - 32] = table
    return [bytes(image), vector("launch-digest/ovmf_AmdSev_suffix.bin")]


def manifest() -> ImageManifest:
    """A manifest of one file."""
    values = {
        "pcrs": {str(pcr): hashlib.sha256(b"%d" % pcr).hexdigest() for pcr in (4, 9, 11)},
        "snp_measurements": {"2": hashlib.sha384(b"").hexdigest()},
    }
    files = {"uki.efi": hashlib.sha256(b"").hexdigest()}
    measured = ReferenceValues.from_plain(values)
    return ImageManifest({"kubernetes": "v1.36"}, files, measured, ("unlocked",))


def _manifests() -> list[bytes]:
    return [manifest().to_json()]


def _reports() -> list[bytes]:
    names = ("oak-milan_oc_release", "milan-v2-smt-debug", "milan-v2-azure-like")
    return [vector(f"snp/{name}/report.bin") for name in names]


TARGETS = (
    Target(
        "snp-report",
        _report,
        _reports,
        Shape.BYTES,
        ("asterism.attestation.snp.report.Report.parse",),
        maximum=1300,
    ),
    Target(
        "snp-tcb",
        _tcb,
        lambda: [bytes.fromhex("0a00000000001754"), bytes.fromhex("0101000100000054")],
        Shape.BYTES,
        ("asterism.attestation.snp.tcb.Tcb.parse",),
        maximum=16,
    ),
    Target(
        "event-log",
        _log,
        _logs,
        Shape.BYTES,
        ("asterism.measurement.eventlog.parse",),
        (b"\xff\xff\xff\xff", b"\3\0\0\0", b"StartupLocality\0", b"Spec ID Event03\0"),
    ),
    Target(
        "event-log-of-a-peer",
        _peers_log,
        _logs,
        Shape.BYTES,
        ("asterism.attestation.tpm.verify.read_log",),
    ),
    Target(
        "uki",
        _uki,
        _ukis,
        Shape.BYTES,
        ("asterism.measurement.uki.Uki.parse",),
        (b".linux\0\0", b".initrd\0", b".cmdline", b".osrel\0\0", b".pcrsig\0"),
        maximum=8192,
    ),
    Target("pe-image", _pe, _ukis, Shape.BYTES, (), (b"PE\0\0", b"MZ"), maximum=8192),
    Target(
        "firmware",
        _firmware,
        _firmwares,
        Shape.BYTES,
        (),
        (b"ASEV", METADATA.bytes_le, FOOTER.bytes_le),
        maximum=8192,
    ),
    Target(
        "image-manifest",
        _manifest,
        _manifests,
        Shape.JSON,
        (
            "asterism.measurement.manifest.ImageManifest.from_json",
            "asterism.measurement.manifest.ReferenceValues.from_plain",
        ),
        maximum=8192,
    ),
)
