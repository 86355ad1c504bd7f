"""Finds a secret wherever it was put: in any file, in archives and compressed streams within.

A canary is random bytes that nothing but the test knows. It is looked for as it is, in hexadecimal
and in base64 wherever its groups begin, line breaks of PEM and JSON left out.
"""

import base64
import bz2
import gzip
import io
import lzma
import re
import secrets
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

DEPTH = 6
"""Archives in archives that are opened."""
_BREAKS = re.compile(rb"\s|\\+[nrt]")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A canary that was found: which, where, and in which form."""

    canary: str
    place: str
    form: str


def fresh() -> bytes:
    """A new canary: text without spaces, 48 bytes of which are random."""
    return secrets.token_urlsafe(48).encode()


def scan(name: str, content: bytes, canaries: Mapping[str, bytes]) -> list[Sighting]:
    """Every sighting of `canaries` in a file and in all that is packed in it."""
    return list(_scan(name, content, canaries, DEPTH))


def _scan(
    place: str, content: bytes, canaries: Mapping[str, bytes], depth: int
) -> Iterator[Sighting]:
    joined = _BREAKS.sub(b"", content)
    for canary, value in canaries.items():
        for form, needle in written(value).items():
            if needle in content or needle in joined:
                yield Sighting(canary, place, form)
    if depth:
        for name, inner in _unpacked(content):
            yield from _scan(f"{place}!{name}", inner, canaries, depth - 1)


def written(value: bytes) -> dict[str, bytes]:
    """The forms that are looked for."""
    found = {"raw": value, "hex": value.hex().encode(), "HEX": value.hex().upper().encode()}
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + value + bytes(2))
        # What depends on the bytes before and behind the value is cut off.
        core = encoded[4 if shift else 0 : (shift + len(value)) // 3 * 4]
        found[f"base64+{shift}"] = core
        found[f"base64url+{shift}"] = core.replace(b"+", b"-").replace(b"/", b"_")
    return found


def _unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    openers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.decompress,
        "zlib": zlib.decompress,
        "bzip2": bz2.decompress,
        "xz": lzma.decompress,
    }
    for name, opener in openers.items():
        with suppress(OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
            yield name, opener(content)
    with suppress(tarfile.TarError), tarfile.open(fileobj=io.BytesIO(content), mode="r:") as tar:
        for member in tar:
            # Names are searched as well: a secret may be part of one.
            yield "name", member.name.encode()
            if file := tar.extractfile(member):
                yield member.name, file.read()
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.namelist():
            yield entry, archive.read(entry)
