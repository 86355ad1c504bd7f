"""Says when the state disk is full and when it has space again; most writers there cannot say it.

What the agent says goes to the machine's console, which the host keeps.
"""

import logging
import os
from pathlib import Path

from asterism import clock

_log = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between two looks: one system call each."""
FULL_BELOW = 8 << 20
"""Bytes. etcd's next segment of its log, or a page of the kubelet's state, may not fit any more."""


def watch(folder: Path) -> None:
    """Look at the file system of `folder` for ever."""
    looked = DiskWatch(folder)
    while True:
        looked.look()
        clock.sleep(EVERY)


class DiskWatch:
    """Remembers what was said last, so that it is said once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._full = False

    def look(self) -> None:
        """Log MCH-134 as soon as the disk is full, and its end."""
        found = os.statvfs(self._folder)
        free = found.f_bavail * found.f_frsize
        full = free < FULL_BELOW
        if full and not self._full:
            _log.error("[MCH-134] the state disk is full: %d bytes are free", free)
        elif self._full and not full:
            _log.warning("the state disk has space again: %d MiB are free", free >> 20)
        self._full = full
