"""Files that survive a crash: written aside, synced, renamed, and the directory synced."""

import json
import os
from pathlib import Path
from typing import Any

from asterism.errors import ProvisionError

PRIVATE = 0o600


def write(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Replace `path` by `content` so that after a crash it holds the old bytes or the new.

    ProvisionError MCH-134 when the disk does not take it, as a full one: then `path` is as before.
    """
    aside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_synced(aside, content, mode)
        aside.rename(path)
        sync_directory(path.parent)
    except OSError as exc:
        aside.unlink(missing_ok=True)
        raise ProvisionError("MCH-134", f"{path} cannot be written", reason=str(exc)) from exc


def _write_synced(path: Path, content: bytes, mode: int) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.fchmod(fd, mode)
        with os.fdopen(fd, "wb", closefd=False) as file:
            file.write(content)
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_directory(directory: Path) -> None:
    """Make renames inside `directory` durable."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_json(path: Path, value: object) -> None:
    """Like `write`, for plain data; keys are sorted so that equal data are equal files."""
    write(path, json.dumps(value, indent=1, sort_keys=True).encode() + b"\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in `path`, None where there is no file; ProvisionError JOI-501 otherwise."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise ProvisionError("JOI-501", f"{path}: no JSON") from exc
    if not isinstance(value, dict):
        raise ProvisionError("JOI-501", f"{path}: no JSON object")
    return value
