"""Watches over a started node until it ends: console, notices, signals, what it rests on."""

import logging
import os
import selectors
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from asterism import clock
from asterism.errors import ProvisionError
from asterism.machine.providers.sandbox.guards import Guard

log = logging.getLogger(__name__)

HALT = signal.SIGTERM
"""To the machine's process: halt the node cleanly."""
CUT_POWER = signal.SIGUSR1
"""To the machine's process: end the node at once."""
STOP_SIGNAL = signal.SIGRTMIN + 3
"""systemd's order to halt cleanly (systemd(1), SIGNALS)."""
STOP_SECONDS = 3.0
LOOK_SECONDS = 5.0
"""How often guards are asked that have to look."""
NOTICE_SIZE = 65536
CONSOLE_LIMIT = 16 << 20
"""Bytes of console kept; a node that floods its console must not fill the host's disk."""


class NotifySocket:
    """systemd's NOTIFY_SOCKET. It must be drained for as long as it exists, or PID 1 blocks."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)

    def lines(self) -> list[str]:
        """The lines of one message (sd_notify(3))."""
        try:
            message = self.socket.recv(NOTICE_SIZE)
        except BlockingIOError:
            return []
        return message.decode(errors="replace").splitlines()

    def close(self) -> None:
        """Unlink first: senders then get an error at once."""
        self.path.unlink(missing_ok=True)
        self.socket.close()


class Console:
    """The terminal that is the node's /dev/console; what is written to it goes to a file."""

    def __init__(self, log_file: Path) -> None:
        self.master, self._slave = os.openpty()
        self.device = os.ttyname(self._slave)
        self._file: IO[bytes] = log_file.open("ab", buffering=0)
        self._left = CONSOLE_LIMIT - self._file.tell()

    def pump(self) -> None:
        """Copy what is there. Our own slave end stays open, so the master never sees an end."""
        written = os.read(self.master, NOTICE_SIZE)
        if self._left > 0:
            with suppress(OSError):  # a full disk of the host's costs the node its log, no more
                self._file.write(written[: self._left].replace(b"\r\n", b"\n"))
            self._left -= len(written)

    def close(self) -> None:
        """Keep the last words, then close."""
        os.set_blocking(self.master, False)
        try:
            while True:
                self.pump()
        except (BlockingIOError, OSError):
            os.close(self.master)
            os.close(self._slave)
            self._file.close()


class Supervisor:
    """Runs until the node's init has ended; kills it when a guard says that it may not live on."""

    def __init__(
        self,
        init: int,
        console: Console,
        notify: NotifySocket,
        on_ready: Callable[[], None],
        guards: Sequence[Guard] = (),
    ) -> None:
        """`init` is a child that nobody else reaps; call in the main thread."""
        self.failure: ProvisionError | None = None
        """Why the node was killed, if a guard had it killed."""
        self._init = init
        self._guards = guards
        self._console = console
        self._notify = notify
        self._on_ready = on_ready
        self._kill_at: float | None = None
        self._look_at = clock.monotonic() + LOOK_SECONDS
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Serve until init has ended; it is left to be reaped."""
        pidfd = os.pidfd_open(self._init)
        wake_read, wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(wake_write)
        for number in (HALT, CUT_POWER):
            signal.signal(number, lambda *_: None)
        self._selector.register(self._console.master, selectors.EVENT_READ, self._console.pump)
        self._selector.register(self._notify.socket, selectors.EVENT_READ, self._read_notice)
        self._selector.register(wake_read, selectors.EVENT_READ, lambda: self._on_signal(wake_read))
        self._selector.register(pidfd, selectors.EVENT_READ, None)
        for guard in self._guards:
            if guard.descriptor is not None:
                self._selector.register(guard.descriptor, selectors.EVENT_READ, self._look)
        self._serve(pidfd)
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for descriptor in (pidfd, wake_read, wake_write):
            os.close(descriptor)

    def _serve(self, pidfd: int) -> None:
        while True:
            if clock.monotonic() >= self._look_at:
                self._look()
            for key, _ in self._selector.select(self._timeout()):
                if key.fd == pidfd:
                    return
                key.data()
            if self._kill_at is not None and clock.monotonic() >= self._kill_at:
                log.info("killing init")
                os.kill(self._init, signal.SIGKILL)
                self._kill_at = None

    def _timeout(self) -> float:
        next_event = min(self._look_at, self._kill_at or self._look_at)
        return max(0.0, next_event - clock.monotonic())

    def _read_notice(self) -> None:
        for line in self._notify.lines():
            if line == "READY=1":
                self._on_ready()
            elif line.startswith("STATUS="):
                log.info("systemd: %s", line.removeprefix("STATUS="))

    def _look(self) -> None:
        self._look_at = clock.monotonic() + LOOK_SECONDS
        if self.failure is not None:
            return
        try:
            for guard in self._guards:
                guard.require()
        except ProvisionError as exc:
            log.error("%s", exc)  # noqa: TRY400 - a foreseen failure needs no trace
            self.failure = exc
            self._forget_guards()
            self._kill_at = clock.monotonic()

    def _forget_guards(self) -> None:
        for guard in self._guards:
            if guard.descriptor is not None:
                self._selector.unregister(guard.descriptor)

    def _on_signal(self, wake: int) -> None:
        received = os.read(wake, 64)
        if CUT_POWER in received:
            self._kill_at = clock.monotonic()
        elif HALT in received and self._kill_at is None:
            self._kill_at = clock.monotonic() + STOP_SECONDS
            os.kill(self._init, STOP_SIGNAL)


def describe_end(status: int) -> str:
    """How a process ended, for logs and errors."""
    if os.WIFSIGNALED(status):
        return f"ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exit code {os.WEXITSTATUS(status)}"
