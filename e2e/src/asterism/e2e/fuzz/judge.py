"""Decides about one input: an answer or an `Error` is right, everything else is a finding."""

import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType

from asterism.e2e.fuzz.target import Target
from asterism.errors import Error, InternalError, LocalProtocolError

CPU_SECONDS = 1.0
"""What one input may take. Processor time, so that a busy computer makes no findings."""

_OUR_FAULT = (InternalError, LocalProtocolError)
"""Errors that say `a bug of ours`: no foreign bytes may cause them."""


class TooSlowError(BaseException):
    """An input took more than CPU_SECONDS. No `except Exception` of a parser can hide it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one input. `place` is where its answer came from, for novelty."""

    place: tuple[str, str, int]
    finding: str = ""
    """Kind and place of the failure in one line, empty if all is right."""
    details: str = ""


ANSWERED = Verdict(("answer", "", 0))


@contextmanager
def time_limit() -> Iterator[None]:
    """Makes inputs that take too long raise TooSlowError. Main thread only."""
    before = signal.signal(signal.SIGVTALRM, _too_slow)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def judge(target: Target, data: bytes) -> Verdict:
    """Run `target` on `data`, inside `time_limit`."""
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        target.parse(data)
    except Error as exc:
        return _of_error(exc)
    except TooSlowError as exc:
        return _finding(exc)
    except BaseException as exc:  # noqa: BLE001 - whatever else a parser raises is the finding
        return _finding(exc)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ANSWERED


def _of_error(exc: Error) -> Verdict:
    """An Error is right if it is the sender's fault and can be said in any log."""
    if isinstance(exc, _OUR_FAULT):
        return _finding(exc)
    try:
        exc.entry, str(exc).encode()
    except (UnicodeEncodeError, LookupError) as unspeakable:
        return _finding(unspeakable)
    return Verdict((exc.error_id, *_innermost(exc.__traceback__)))


def _finding(exc: BaseException) -> Verdict:
    name, line = _innermost(exc.__traceback__, ours=True)
    kind = type(exc).__name__
    text = "".join(traceback.format_exception(exc, limit=-30))
    return Verdict((kind, name, line), f"{kind} at {Path(name).name}:{line}", text)


def _innermost(trace: TracebackType | None, *, ours: bool = False) -> tuple[str, int]:
    """File and line where it was raised; with `ours`, the last one in this project."""
    name, line = "", 0
    while trace is not None:
        current = trace.tb_frame.f_code.co_filename
        if not ours or "/asterism/" in current:
            name, line = current, trace.tb_lineno
        trace = trace.tb_next
    return name, line


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError
