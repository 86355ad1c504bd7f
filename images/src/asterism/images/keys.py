"""Content keys: a result is found again exactly when everything it is made from is the same."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

KEY_DIGITS = 20


def content_key(*parts: str) -> str:
    """A name for the result of a step that depends on `parts`, and on their order."""
    whole = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        whole.update(len(encoded).to_bytes(8, "big") + encoded)
    return whole.hexdigest()[:KEY_DIGITS]


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tree_digest(root: Path, files: Iterable[Path]) -> str:
    """One digest of `files` under `root`: their relative names, executable bits and contents."""
    whole = hashlib.sha256()
    for path in sorted(files):
        runs = "x" if path.stat().st_mode & 0o100 else "-"
        content = f"-> {path.readlink()}" if path.is_symlink() else file_digest(path)
        whole.update(f"{path.relative_to(root)}\0{runs}\0{content}\n".encode())
    return whole.hexdigest()


def files_below(root: Path) -> list[Path]:
    """Every file and link below `root`, without compiled Python, sorted."""
    found = (p for p in root.rglob("*") if p.is_symlink() or p.is_file())
    return sorted(p for p in found if "__pycache__" not in p.parts)
