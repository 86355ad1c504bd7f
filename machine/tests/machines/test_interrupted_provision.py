"""Signals while Ansible makes machines: nothing that works for it outlives it, in whatever group.

The machine's program is a stand-in that waits in a session of its own; Ansible is the real one.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

STARTER = """
import signal
import sys
from ipaddress import IPv4Address
from pathlib import Path
from asterism.config import paths
from asterism.machine import provision
from asterism.machine.spec import MachineSpec

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs tests may ignore it
place = Path(sys.argv[1])
paths.CLUSTERS = place
(place / "c1").mkdir()
spec = MachineSpec("c1", "c1-worker-1", "worker", place, IPv4Address("10.210.0.12"))
host = {"ansible_connection": "local", "asterism_python": str(place / "machine")}
try:
    provision.provision([provision.Launch(spec, b"{}", host)])
except KeyboardInterrupt:
    sys.exit(130)
"""
MACHINE = """#!/bin/sh
# The program, and an orphan of it in a session of its own.
echo $$ >> {place}/pids
setsid sh -c 'echo $$ >> {place}/pids; sleep 60' &
sleep 60
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A state directory with the stand-in."""
    program = tmp_path / "machine"
    program.write_text(MACHINE.format(place=tmp_path))
    program.chmod(0o755)
    return tmp_path


@pytest.fixture
def starter(place: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """A process that makes a machine, with a group of its own as under a terminal."""
    process = subprocess.Popen([sys.executable, "-c", STARTER, str(place)], start_new_session=True)
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def pids(place: Path) -> list[int]:
    """Processes that the stand-in told of."""
    file = place / "pids"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def alive(pid: int) -> bool:
    """Whether there is such a process, zombies left out."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def below(pid: int) -> list[int]:
    """A process and all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in below(int(child)))]


def expect_gone(started: list[int]) -> None:
    """All of them end soon."""
    deadline = time.monotonic() + 30
    while left := [pid for pid in started if alive(pid)]:
        commands = [Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in left]
        assert time.monotonic() < deadline, commands
        time.sleep(0.05)


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return when `condition` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_to_the_whole_group_ends_all_that_was_started(
    times: int, place: Path, starter: "subprocess.Popen[bytes]"
) -> None:
    """As Ctrl-C in a terminal: worker, Ansible and the orphan, with and without a second signal."""
    wait_until(lambda: len(pids(place)) == 2)
    started = below(starter.pid)
    assert set(pids(place)) <= set(started)
    for _ in range(times):
        os.killpg(starter.pid, signal.SIGINT)
        time.sleep(0.1)
    starter.wait(30)
    expect_gone(started)


def test_a_signal_to_the_worker_alone_changes_nothing(
    place: Path, starter: "subprocess.Popen[bytes]"
) -> None:
    """It is its starter who decides: a worker that ended by itself would leave what it started."""
    wait_until(lambda: len(pids(place)) == 2)
    started = below(starter.pid)
    worker = started[1]
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(worker, number)
    time.sleep(0.5)
    assert all(map(alive, started))
    starter.kill()
    starter.wait(30)
    expect_gone(started)
