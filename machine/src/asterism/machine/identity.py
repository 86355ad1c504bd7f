"""Which process we mean: a process number alone may by now belong to somebody else.

A process is named by its number and its start time (clock ticks since boot, field 22 of
/proc/PID/stat, proc_pid_stat(5)) and the boot; signals go through a pidfd that was opened before
the start time was read.
"""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from asterism.errors import ProvisionError

START_TIME_FIELD = 22
STATE_FIELD = 3
PARENT_FIELD = 4
KILL_SECONDS = 5.0
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class ProcessId:
    """One process, distinct from every other of this boot and of earlier ones."""

    pid: int
    start_time: int
    boot: str
    """The kernel's boot ID: state on disk outlives a boot, processes do not."""

    @classmethod
    def of(cls, pid: int) -> "ProcessId":
        """The process that has this number now. Raises ProcessLookupError."""
        return cls(pid, int(_stat_field(pid, START_TIME_FIELD)), BOOT_ID.read_text().strip())

    @classmethod
    def own(cls) -> "ProcessId":
        """The calling process."""
        return cls.of(os.getpid())

    def alive(self) -> bool:
        """Whether it is still there and more than a corpse that waits for its parent."""
        try:
            return _stat_field(self.pid, STATE_FIELD) != "Z" and self == ProcessId.of(self.pid)
        except ProcessLookupError:
            return False

    def send(self, signal_number: int) -> None:
        """Send a signal; nothing happens if the process is gone."""
        with self._pidfd() as descriptor:
            if descriptor is not None:
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(descriptor, signal_number)

    def end(self, patience: float, order: signal.Signals = signal.SIGTERM) -> None:
        """Send `order`, and SIGKILL if it is still there `patience` seconds later.

        Raises ProvisionError MCH-011 when it outlives SIGKILL.
        """
        self.send(order)
        if self.wait(patience):
            return
        self.send(signal.SIGKILL)
        if not self.wait(KILL_SECONDS):
            raise ProvisionError("MCH-011", f"process {self.pid} outlives SIGKILL")

    def to_plain(self) -> dict[str, object]:
        """The JSON form; `ProcessId(**plain)` reads it."""
        return asdict(self)

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for its end; whether it has ended."""
        with self._pidfd() as descriptor:
            if descriptor is None:
                return True
            return bool(select.select([descriptor], [], [], timeout)[0])

    @contextmanager
    def _pidfd(self) -> Iterator[int | None]:
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            yield None
            return
        try:
            # The pidfd stays with whichever process had the number when it was opened.
            yield descriptor if self.alive() else None
        finally:
            os.close(descriptor)


def children() -> list[ProcessId]:
    """The living children of the calling process, in no order; empty only if there is none."""
    # The kernel's own list is quick, but leaves out some while others end (proc_tid_children(5)).
    return _living(_listed()) or _living(_everything())


def _listed() -> Iterator[int]:
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # the thread, or kernels without CONFIG_PROC_CHILDREN
            yield from map(int, (task / "children").read_text().split())


def _everything() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _living(pids: Iterator[int]) -> list[ProcessId]:
    own = str(os.getpid())
    found = []
    for pid in pids:
        with suppress(ProcessLookupError):
            if _stat_field(pid, PARENT_FIELD) == own and (child := ProcessId.of(pid)).alive():
                found.append(child)
    return found


def _stat_field(pid: int, number: int) -> str:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError) as exc:
        raise ProcessLookupError(pid) from exc
    # The second field is the program's name in parentheses and may hold anything.
    return text[text.rindex(")") + 2 :].split()[number - STATE_FIELD]
