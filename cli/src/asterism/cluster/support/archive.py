"""Writes a bundle: a compressed tar of the account's own, mode 0600, whole or not at all."""

import io
import os
import tarfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from asterism.cluster import interrupts
from asterism.cluster.home import OwnerHome
from asterism.cluster.support.part import Collected

MEMBER_MODE = 0o600


def write(
    path: Path, parts: Iterable[Collected], folder: str, made: datetime, home: OwnerHome
) -> None:
    """Write `parts` below `folder` into the archive `path`, which replaces a file of that name.

    Raises OSError; then nothing is left of it.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(
        fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            home.give(fresh)
            _fill(file, parts, folder, made)
            file.flush()
            os.fsync(descriptor)
        with interrupts.deferred():
            fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _fill(file: BinaryIO, parts: Iterable[Collected], folder: str, made: datetime) -> None:
    with tarfile.open(fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        for part in parts:
            member = tarfile.TarInfo(f"{folder}/{part.name}")
            member.size = len(part.content)
            member.mode = MEMBER_MODE
            member.mtime = int(made.timestamp())
            archive.addfile(member, io.BytesIO(part.content))
