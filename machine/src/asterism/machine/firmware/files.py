"""Reading the files of an image through descriptors that stay open."""

import hashlib
import os
import re
from typing import Final

from asterism.errors import ProvisionError

_CHUNK: Final = 1 << 26
_BLOCK: Final = 1 << 18
_ROOT_DIGEST: Final = re.compile(r"(?:^| )asterism\.root=sha256:([0-9a-f]{64})(?= |$)")


def read(descriptor: int) -> bytes:
    """Give the whole file, wherever the descriptor's position is."""
    chunks: list[bytes] = []
    offset = 0
    while chunk := os.pread(descriptor, _CHUNK, offset):
        chunks.append(chunk)
        offset += len(chunk)
    return b"".join(chunks)


def check_root(descriptor: int, cmdline: str) -> None:
    """Compare the root file with `asterism.root=sha256:HEX` in the measured command line.

    Raises ProvisionError MCH-131 when it differs, or when the command line does not name exactly
    one digest.
    """
    wanted = _ROOT_DIGEST.findall(cmdline)
    if len(wanted) != 1:
        detail = f"the command line names {len(wanted)} digests of the root file, not one"
        raise _refused(detail, "one digest", f"{len(wanted)} digests")
    found = _sha256(descriptor)
    if found != wanted[0]:
        detail = "the root file is not the one that the measured command line names"
        raise _refused(detail, wanted[0], found)


def _refused(detail: str, expected: str, got: str) -> ProvisionError:
    return ProvisionError(
        "MCH-131",
        detail,
        claim="root file",
        expected=expected,
        got=got,
        source="the measured command line",
    )


def _sha256(descriptor: int) -> str:
    # Not by mmap(2): who truncates the file meanwhile would end this process by SIGBUS.
    digest, buffer, offset = hashlib.sha256(), bytearray(_BLOCK), 0
    view = memoryview(buffer)
    while count := os.preadv(descriptor, [buffer], offset):
        digest.update(view[:count])
        offset += count
    return digest.hexdigest()
