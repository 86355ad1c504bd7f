"""What this process asks of others: files it opens, sockets it connects, programs it starts."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

WATCHED = frozenset({"open", "socket.connect", "subprocess.Popen", "os.exec", "os.posix_spawn"})
"""Audit events of CPython (PEP 578)."""

_asked: list[tuple[str, object]] | None = None


@contextmanager
def asked() -> Iterator[list[tuple[str, object]]]:
    """A list of all such events while the block runs, of every thread."""
    global _asked  # noqa: PLW0603 - a hook of the interpreter is one for the process, and for ever
    if _asked is None:
        sys.addaudithook(_note)
    _asked = []
    yield _asked
    _asked = None


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if _asked is not None and event in WATCHED:
        _asked.append((event, arguments[:2]))
