"""Watching over a node's init."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from asterism.machine.image_files import FileVersion
from asterism.machine.providers.sandbox import supervisor
from asterism.machine.providers.sandbox.guards import RootGuard, TpmGuard
from asterism.machine.providers.sandbox.supervisor import (
    CUT_POWER,
    HALT,
    Console,
    NotifySocket,
    Supervisor,
    describe_end,
)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The test process keeps its own signal handlers."""
    before = {number: signal.getsignal(number) for number in (HALT, CUT_POWER)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """A terminal that logs to a file."""
    terminal = Console(tmp_path / "console.log")
    yield terminal
    terminal.close()


@pytest.fixture
def notify(tmp_path: Path) -> Iterator[NotifySocket]:
    """A socket for systemd's notices."""
    opened = NotifySocket(tmp_path / "notify.sock")
    yield opened
    opened.close()


def fork_init(script: str, console: Console) -> int:
    """A child that runs a Python script on the console, as init would."""
    pid = os.fork()
    if pid == 0:
        try:
            terminal = os.open(console.device, os.O_RDWR | os.O_NOCTTY)
            os.dup2(terminal, 1)
            os.execv(sys.executable, [sys.executable, "-c", script])  # noqa: S606
        finally:
            os._exit(9)
    return pid


def test_a_full_disk_of_the_host_does_not_end_the_node() -> None:
    """What cannot be written to the console's log is lost, no more."""
    terminal = Console(Path("/dev/full"))
    with open(terminal.device, "wb", buffering=0) as end:
        end.write(b"words\n")
    terminal.pump()
    terminal.close()


def supervise(
    pid: int, console: Console, notify: NotifySocket, on_ready: Callable[[], None]
) -> int:
    """Serve to the end; the wait status."""
    watch = Supervisor(pid, console, notify, on_ready)
    watch.run()
    assert watch.failure is None
    return os.waitpid(pid, 0)[1]


def test_tells_ready_and_logs_the_console(
    tmp_path: Path, console: Console, notify: NotifySocket
) -> None:
    """READY is passed on, status lines are not taken for it, the console's words are kept."""
    script = f"""
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect({str(notify.path)!r})
s.send(b"STATUS=READY=1 soon"); s.send(b"READY=1\\nSTATUS=Ready.")
print("hello", flush=True)
import time; time.sleep(0.2)
"""
    told: list[bool] = []
    status = supervise(fork_init(script, console), console, notify, lambda: told.append(True))
    assert describe_end(status) == "exit code 0"
    assert told == [True]
    assert "hello\n" in (tmp_path / "console.log").read_text()


@pytest.mark.parametrize(
    ("order", "seconds", "end"),
    [(HALT, 0.3, "exit code 7"), (CUT_POWER, 0.3, "ended by SIGKILL")],
)
def test_orders_end_init(
    order: signal.Signals, seconds: float, end: str, console: Console, notify: NotifySocket
) -> None:
    """HALT asks init to halt, CUT_POWER kills it at once."""
    number = int(supervisor.STOP_SIGNAL)
    script = f"""
import os, signal, time
signal.signal({number}, lambda *_: os._exit(7))
time.sleep(30)
"""
    pid = fork_init(script, console)
    threading.Timer(seconds, os.kill, (os.getpid(), order)).start()
    assert describe_end(supervise(pid, console, notify, lambda: None)) == end


def test_a_node_does_not_outlive_its_tpm(console: Console, notify: NotifySocket) -> None:
    """Init is killed as soon as the TPM's process has ended, and the supervisor says so."""
    pid = fork_init("import time; time.sleep(30)", console)
    with subprocess.Popen(["sleep", "0.3"]) as tpm:
        watch = Supervisor(pid, console, notify, lambda: None, [TpmGuard(tpm.pid)])
        watch.run()
    assert watch.failure is not None
    assert watch.failure.error_id == "MCH-132"
    assert describe_end(os.waitpid(pid, 0)[1]) == "ended by SIGKILL"


def test_a_node_does_not_outlive_its_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, console: Console, notify: NotifySocket
) -> None:
    """Init is killed when the measured file has other bytes, not when it has only another link."""
    monkeypatch.setattr(supervisor, "LOOK_SECONDS", 0.1)
    root = tmp_path / "root"
    root.write_bytes(b"measured")
    cmdline = f"asterism.root=sha256:{sha256(b'measured').hexdigest()}"
    pid = fork_init("import time; time.sleep(30)", console)
    threading.Timer(0.2, (tmp_path / "link").hardlink_to, (root,)).start()
    threading.Timer(0.8, os.truncate, (root, 3)).start()
    began = time.monotonic()
    with root.open("rb") as file:
        guard = RootGuard(file.fileno(), FileVersion.of(file.fileno()), cmdline)
        watch = Supervisor(pid, console, notify, lambda: None, [guard])
        watch.run()
    assert watch.failure is not None
    assert watch.failure.error_id == "MCH-133"
    assert watch.failure.facts["claim"] == "root file"
    assert time.monotonic() - began > 0.7
    assert describe_end(os.waitpid(pid, 0)[1]) == "ended by SIGKILL"


def test_init_that_does_not_halt_is_killed(
    monkeypatch: pytest.MonkeyPatch, console: Console, notify: NotifySocket
) -> None:
    """The deadline is kept."""
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.2)
    script = f"""
import signal, time
signal.signal({int(supervisor.STOP_SIGNAL)}, signal.SIG_IGN)
time.sleep(30)
"""
    pid = fork_init(script, console)
    threading.Timer(0.3, os.kill, (os.getpid(), HALT)).start()
    began = time.monotonic()
    assert describe_end(supervise(pid, console, notify, lambda: None)) == "ended by SIGKILL"
    assert time.monotonic() - began < 5


def test_a_talkative_node_does_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the limit the console is read on, but not kept."""
    monkeypatch.setattr(supervisor, "CONSOLE_LIMIT", 100)
    terminal = Console(tmp_path / "log")
    with open(terminal.device, "wb", buffering=0) as slave:
        slave.write(b"x" * 150)
        terminal.pump()
    terminal.close()
    assert (tmp_path / "log").stat().st_size == 100


def test_senders_get_an_error_after_the_end(tmp_path: Path) -> None:
    """systemd must not block on a socket that nobody reads any more."""
    opened = NotifySocket(tmp_path / "n.sock")
    opened.close()
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender,
        pytest.raises(FileNotFoundError),
    ):
        sender.connect(str(tmp_path / "n.sock"))
