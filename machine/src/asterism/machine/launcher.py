"""Starts the process of a machine and waits for its report. The process outlives its starter."""

import os
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from asterism import clock
from asterism.errors import ProvisionError
from asterism.machine.providers.base import Started
from asterism.machine.store import MachineDir
from asterism.machine.wire import decode_message

READY_SECONDS = 180.0
"""A node boots in two; a host whose processors are all busy takes a hundred times as long."""
TAIL_LINES = 15


def launch(machine: MachineDir, lock: int) -> Started:
    """Boot the machine; returns when its init is READY.

    The machine's process holds its `lock` too until it has written down who it is: should this
    one be killed meanwhile, whoever comes next finds it.
    Raises the error that the machine's process reports, or ProvisionError MCH-005 with the end of
    its logs when it says nothing in time; the caller then ends what is left of it.
    """
    report, child_end = os.pipe2(os.O_CLOEXEC)
    try:
        module = ["asterism.machine.run", str(machine.path), str(child_end), str(lock)]
        spawn(module, machine.machine_log, keep=(child_end, lock))
    finally:
        os.close(child_end)
    try:
        return _await_report(report, machine)
    finally:
        os.close(report)


def spawn(module_and_arguments: list[str], log: Path, *, keep: Sequence[int]) -> None:
    """Run `python -m MODULE ...` as nobody's child, logging to `log`; `keep` stay open in it."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["setsid", "--fork", sys.executable, "-m", *module_and_arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=keep,
            cwd="/",
        )
        process.wait()


def _await_report(report: int, machine: MachineDir) -> Started:
    said = read_line(report, READY_SECONDS)
    if said is None:
        raise _no_report(machine, f"no report within {READY_SECONDS:g} s")
    if not said:
        raise _no_report(machine, "its process ended")
    plain = decode_message(said, "MCH-005")
    return Started(plain["pid"], plain["ready_ms"])


def read_line(report: int, timeout: float) -> bytes | None:
    """One line from a pipe: None after `timeout` seconds, empty when its writers are gone."""
    end = clock.monotonic() + timeout
    said = b""
    while not said.endswith(b"\n"):
        if not select.select([report], [], [], max(0.0, end - clock.monotonic()))[0]:
            return None
        more = os.read(report, 65536)
        if not more:
            return b""
        said += more
    return said


def _no_report(machine: MachineDir, reason: str) -> ProvisionError:
    return ProvisionError(
        "MCH-005",
        f"{machine.machine} did not start: {reason}",
        machine_log=tail(machine.machine_log),
        console=tail(machine.console_log),
    )


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, empty when there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
