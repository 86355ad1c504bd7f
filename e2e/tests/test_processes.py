"""Processes by pid and start time."""

import os
import subprocess
import sys
from dataclasses import replace

from asterism.e2e import processes

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_killed_process_is_gone_and_its_pid_never_hits_another() -> None:
    """`kill` takes the very process; a record with another start time takes nothing."""
    child = subprocess.Popen(SLEEPER)
    try:
        process = processes.find(child.pid)
        assert process is not None
        replace(process, started=process.started + 1).kill()
        assert child.poll() is None
        process.kill()
        assert child.wait(10) == -9
        assert not process.alive
    finally:
        child.kill()
        child.wait()


def test_descendants_are_found_at_any_depth() -> None:
    """A child of this process is below this process' parent."""
    child = subprocess.Popen(SLEEPER)
    try:
        assert child.pid in {p.pid for p in processes.descendants(os.getppid())}
        assert processes.proportional_memory(os.getpid()) > 0
    finally:
        child.kill()
        child.wait()
