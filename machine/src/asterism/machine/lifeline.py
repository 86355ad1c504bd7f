"""Ends a process, and everything below it, when its starter ends, however that ends.

A starter that is killed cannot clean up, and what works for it must not go on: a machine that is
made after the owner deleted its cluster would stay for ever. The starter holds one end of a pipe,
the worker watches the other. Whoever is orphaned below the worker becomes its child
(PR_SET_CHILD_SUBREAPER, prctl(2)), so killing children until none is left reaches all of them,
also those with sessions of their own.
"""

import os
import select
import signal
import threading
from collections.abc import Callable

from asterism import clock
from asterism.machine import kernel
from asterism.machine.identity import children

POLL_SECONDS = 0.01
ABANDONED = 1
"""Exit code of a worker whose starter has gone."""


def hold(descriptor: int, at_end: Callable[[], None]) -> None:
    """Live no longer than the starter, which has the other end of the pipe `descriptor`.

    When it has gone, all children are killed, `at_end` is called and the process exits at once.
    """
    kernel.adopt_orphans()
    if select.select([descriptor], [], [], 0)[0]:
        _abandon(at_end)
    threading.Thread(target=_watch, args=(descriptor, at_end), daemon=True).start()


def _watch(descriptor: int, at_end: Callable[[], None]) -> None:
    os.read(descriptor, 1)  # nobody writes: it returns when the other end is closed
    _abandon(at_end)


def _abandon(at_end: Callable[[], None]) -> None:
    try:
        kill_children()
        at_end()
    finally:
        os._exit(ABANDONED)


def kill_children() -> None:
    """Kill every child of this process, and every orphan that becomes one, until none is left.

    One look that finds none is not enough: a child that died during it has left us orphans that
    were looked at while they were still its own.
    """
    looks_without = 0
    while looks_without < 2:
        living = children()
        looks_without = 0 if living else looks_without + 1
        for child in living:
            child.send(signal.SIGKILL)
        clock.sleep(POLL_SECONDS)
