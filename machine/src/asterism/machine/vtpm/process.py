"""One swtpm process behind a unix socket. It ends with the thread that started it."""

import os
import socket
import subprocess
import threading
from pathlib import Path

from asterism import clock
from asterism.errors import InternalError, ProvisionError
from asterism.tpm.device import TpmDevice

START_TIMEOUT = 10.0
STOP_TIMEOUT = 5.0
POLL = 0.002
TAIL_LINES = 5
STATE_MODE = 0o700


class SwtpmProcess:
    """A running swtpm with its state in `state` and its command socket at `path`.

    There is no control channel: what it could do (resets, state blobs) nobody needs.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", path: Path) -> None:
        self._process = process
        self.path = path

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @classmethod
    def start(cls, state: Path, path: Path) -> "SwtpmProcess":
        """Start swtpm and wait until its socket is there.

        Must be called on the main thread: the kernel ends swtpm with the thread that started it.
        Raises ProvisionError MCH-130 when swtpm does not come up.
        """
        if threading.current_thread() is not threading.main_thread():
            raise InternalError("INT-001", "a virtual TPM must be started on the main thread")
        state.mkdir(mode=STATE_MODE, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        log = state / "swtpm.log"
        running = cls(_spawn(state, path, log), path)
        running._await_socket(log)
        return running

    def _await_socket(self, log: Path) -> None:
        deadline = clock.monotonic() + START_TIMEOUT
        while not self._listens():
            ended = self._process.poll() is not None
            if ended or clock.monotonic() > deadline:
                self.kill()
                reason = "it ended" if ended else f"no socket after {START_TIMEOUT:g} s"
                raise ProvisionError("MCH-130", f"swtpm did not start: {reason}", output=_tail(log))
            clock.sleep(POLL)

    def _listens(self) -> bool:
        """Say whether a connection is accepted: the socket's file is there a moment earlier."""
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(os.fspath(self.path)) == 0

    def device(self) -> TpmDevice:
        """Give the TPM behind the socket."""
        return TpmDevice(self.path)

    def kill(self) -> None:
        """End it, gently at first; its state is on disk after every command."""
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.path.unlink(missing_ok=True)


def _spawn(state: Path, path: Path, log: Path) -> "subprocess.Popen[bytes]":
    argv = [
        *("setpriv", "--pdeathsig", "TERM"),
        *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={os.fspath(state)}"),
        *("--server", f"type=unixio,path={os.fspath(path)},mode=0600"),
        *("--flags", "not-need-init"),
        # swtpm notes every connection that ends, which is one for each command.
        *("--log", f"file={os.fspath(log)},truncate"),
    ]
    try:
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    except FileNotFoundError as exc:
        raise ProvisionError("MCH-130", f"{exc.filename} is not installed") from exc


def _tail(log: Path) -> str:
    if not log.exists():
        return "(no output)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])
