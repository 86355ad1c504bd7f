"""Unified kernel images are taken apart as firmware and systemd-stub would, or refused."""

import hashlib
import struct

import pytest

from asterism.measurement import initrd
from asterism.measurement.pe import ImageFormatError, PeImage
from asterism.measurement.uki import Uki

OPTIONAL_SIZE = 240
SECTIONS = {
    ".osrel": b"ID=debian\n",
    ".cmdline": b"console=ttyS0 quiet",
    ".uname": b"6.12",
    ".initrd": b"initrd",
}


def _pe(sections: dict[str, bytes], *, tail: bytes = b"", signature: bytes = b"") -> bytes:
    """A PE32+ image with `sections` at multiples of 512, unsigned data and a signature behind."""
    headers = 1024
    optional = bytearray(OPTIONAL_SIZE)
    struct.pack_into("<H", optional, 0, 0x20B)
    struct.pack_into("<I", optional, 60, headers)
    struct.pack_into("<I", optional, 108, 16)
    table, body = b"", b""
    for name, content in sections.items():
        padded = content + bytes(-len(content) % 512)
        place = headers + len(body)
        table += struct.pack("<8sIIII16x", name.encode(), len(content), place, len(padded), place)
        body += padded
    end = headers + len(body) + len(tail)
    struct.pack_into("<II", optional, 112 + 4 * 8, end if signature else 0, len(signature))
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, OPTIONAL_SIZE, 0)
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + coff + bytes(optional) + table
    return head.ljust(headers, b"\0") + body + tail + signature


KERNEL = _pe({".text": b"code"})
UKI = _pe({**SECTIONS, ".linux": KERNEL})


def test_sections_are_measured_in_the_stubs_order() -> None:
    """Which is not the order of the file, and without the file's padding."""
    uki = Uki.parse(UKI)
    assert list(uki.section_digests) == [".linux", ".osrel", ".cmdline", ".initrd", ".uname"]
    assert uki.section_digests[".osrel"] == hashlib.sha256(SECTIONS[".osrel"]).digest()


def test_command_line_is_text() -> None:
    """It is what the kernel gets."""
    assert Uki.parse(UKI).cmdline == "console=ttyS0 quiet"


def test_initrd_comes_with_the_stubs_archive() -> None:
    """The kernel's initrd is padded and followed by the os-release in an archive."""
    loaded = initrd.as_loaded(SECTIONS[".initrd"], SECTIONS[".osrel"])
    assert loaded.startswith(b"initrd" + bytes(2) + b"070701")
    assert len(loaded) % 4 == 0
    assert b".extra/os-release\0" in loaded
    assert Uki.parse(UKI).initrd_digest == hashlib.sha256(loaded).digest()


def test_image_digest_leaves_out_checksum_and_signature() -> None:
    """Signing an image does not change what is measured; changing anything else does."""
    plain = PeImage(UKI).authenticode_sha256()
    signed = PeImage(_pe({**SECTIONS, ".linux": KERNEL}, signature=bytes(64)))
    summed = bytearray(UKI)
    summed[0x40 + 24 + 64] ^= 1
    assert signed.authenticode_sha256() == plain == PeImage(bytes(summed)).authenticode_sha256()
    for changed in (UKI[:-1] + b"\1", UKI + b"\0", _pe({**SECTIONS, ".linux": KERNEL}, tail=b"x")):
        assert PeImage(changed).authenticode_sha256() != plain


@pytest.mark.parametrize(
    "sections",
    [
        SECTIONS,
        {**SECTIONS, ".linux": b"not a PE image"},
        {**SECTIONS, ".linux": KERNEL, ".profile": b"ID=other"},
        {**SECTIONS, ".linux": KERNEL, ".pcrsig": b"{}"},
        {**SECTIONS, ".linux": KERNEL, ".cmdline": b"caf\xc3\xa9"},
    ],
    ids=["no kernel", "kernel of another kind", "profiles", "signature", "not ASCII"],
)
def test_image_that_cannot_be_predicted_is_refused(sections: dict[str, bytes]) -> None:
    """Rather than predicted wrongly."""
    with pytest.raises(ImageFormatError):
        Uki.parse(_pe(sections))


def test_cut_image_is_refused() -> None:
    """At every length there is either an error or another digest."""
    right = Uki.parse(UKI)
    for size in range(0, len(UKI), 37):
        try:
            assert Uki.parse(UKI[:size]) != right
        except ImageFormatError:
            continue
