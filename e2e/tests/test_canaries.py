"""The scanner finds what was planted, so what it does not find is not there."""

import base64
import gzip
import io
import json
import tarfile
import textwrap
import zipfile
from collections.abc import Callable

import pytest

from asterism.e2e.canaries import fresh, scan

CANARY = fresh()


def tarred(content: bytes) -> bytes:
    """A compressed tar with one member."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        member = tarfile.TarInfo("folder/member")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def zipped(content: bytes) -> bytes:
    """A zip with one member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member", content)
    return stream.getvalue()


def pem(content: bytes) -> bytes:
    """A PEM block with line breaks."""
    lines = textwrap.wrap(base64.b64encode(b"\x30\x2e" + content).decode(), 64)
    return "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"]).encode()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "hex": lambda c: c.hex().encode(),
    "HEX": lambda c: c.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64 after one byte": lambda c: base64.b64encode(b"x" + c + b"yz"),
    "base64 after two bytes": lambda c: base64.b64encode(b"xx" + c + b"y"),
    "urlsafe base64": lambda c: base64.urlsafe_b64encode(b"?>" + c),
    "JSON": lambda c: json.dumps({"a": [{"b": c.decode()}]}).encode(),
    "PEM": pem,
    "PEM in JSON": lambda c: json.dumps({"key": pem(c).decode()}).encode(),
}
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "tar": tarred,
    "zip": zipped,
    "tar in tar": lambda content: tarred(tarred(content)),
}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("form", FORMS)
def test_a_planted_canary_is_found(form: str, packing: str) -> None:
    """In each form, in the middle of other bytes, in each kind of archive."""
    content = PACKINGS[packing](b"before " + FORMS[form](CANARY) + b" behind")
    found = scan("bundle", content, {"canary": CANARY, "other": fresh()})
    assert {sighting.canary for sighting in found} == {"canary"}


def test_what_was_not_planted_is_not_found() -> None:
    """Nor is a part of it."""
    assert scan("bundle", tarred(CANARY[:40]), {"canary": CANARY}) == []
