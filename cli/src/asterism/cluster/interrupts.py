"""Ctrl-C and SIGTERM: the first ends the command in order, the second at once.

The first is KeyboardInterrupt in the main thread, so whatever waits stops waiting and everything
that was begun is closed on the way out; a record that is being written is finished before. The
second leaves the process as it is: whatever worked for it notices that it has gone and ends too.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from asterism import clock
from asterism.errors import ExitCode

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SAME_SECONDS = 0.2
"""Signals so close are one: a terminal and sudo may each deliver it."""

AT_ONCE = b"\nended at once; `asterism cluster delete NAME` removes what is left of a cluster\n"
SHOW_CURSOR = b"\x1b[?25h"


@dataclass(slots=True)
class _Asked:
    """What this process was asked so far."""

    first: float | None = None
    deferrals: int = 0
    pending: bool = False


_asked = _Asked()


def install() -> None:
    """Take both signals of this process."""
    for number in SIGNALS:
        signal.signal(number, _on_signal)


@contextmanager
def deferred() -> Iterator[None]:
    """The body is not interrupted; an interruption that came meanwhile is raised behind it."""
    _asked.deferrals += 1
    try:
        yield
    finally:
        _asked.deferrals -= 1
        if _asked.pending and not _asked.deferrals:
            _asked.pending = False
            raise KeyboardInterrupt


def leave(code: int) -> None:
    """End with `code` now if this process was interrupted; return if it was not.

    Python gives up its handlers before it has ended, so that another signal would kill it with a
    code of its own.
    """
    if _asked.first is not None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _on_signal(_signal: int, _frame: FrameType | None) -> None:
    if _asked.first is None:
        _asked.first = clock.monotonic()
        if _asked.deferrals:
            _asked.pending = True
        else:
            raise KeyboardInterrupt
    elif clock.monotonic() - _asked.first > SAME_SECONDS:
        _end_at_once()


def _end_at_once() -> None:
    # Only system calls: the main thread may hold any lock of Python's own streams.
    if sys.stderr.isatty():
        os.write(2, SHOW_CURSOR)
    os.write(2, AT_ONCE)
    os._exit(ExitCode.INTERRUPTED)
