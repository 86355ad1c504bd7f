"""The process of one machine: `python -m asterism.machine.run DIR REPORT LOCK`.

It is to the sandbox what QEMU is to a real machine: it measures, powers the TPM, starts the node's
init and answers the host socket; when it ends, the node ends. Open descriptors: to REPORT goes one
line of JSON, READY with its time or the error; LOCK is the machine's lock, closed as soon as the
state names this process.
"""

import fcntl
import json
import logging
import os
import sys
from pathlib import Path

from asterism.errors import Error, InternalError, UserError, from_os
from asterism.log import setup
from asterism.machine.identity import ProcessId
from asterism.machine.providers.sandbox import leftovers
from asterism.machine.providers.sandbox.boot import NodeRun
from asterism.machine.store import MachineDir, MachineState
from asterism.machine.wire import encode_error

log = logging.getLogger("asterism.machine.run")


def main(arguments: list[str]) -> int:
    """Run the machine to its end; the process's exit code."""
    setup.configure()
    machine = MachineDir(Path(arguments[0]))
    report, lock = map(int, arguments[1:3])
    for descriptor in (report, lock):
        os.set_inheritable(descriptor, False)
    try:
        held = _hold(machine)
    except UserError as exc:
        _say(report, {"error": encode_error(exc)})
        return 1
    try:
        machine.write_state(MachineState("starting", process=ProcessId.own()))
        os.close(lock)
        return _run(machine, report)
    finally:
        os.close(held)


def _run(machine: MachineDir, report: int) -> int:
    try:
        NodeRun(machine, lambda ms: _say(report, {"pid": os.getpid(), "ready_ms": ms})).run()
    except Exception as exc:
        # Whatever it is, the starter must hear of it.
        error = _as_error(exc)
        log.exception("the machine failed")
        leftovers.remove(machine)
        machine.update_state(phase="failed", error=error.error_id, ready_ms=None)
        _say(report, {"error": encode_error(error)})
        return 1
    leftovers.remove(machine)
    machine.update_state(phase="stopped", ready_ms=None)
    return 0


def _as_error(failure: Exception) -> Error:
    match failure:
        case Error():
            return failure
        case OSError():  # a full disk, a missing device
            return from_os(failure)
    return InternalError("INT-001", repr(failure))


def _hold(machine: MachineDir) -> int:
    """A lock for as long as this process lives. Raises UserError MCH-012."""
    descriptor = os.open(machine.path / "run.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        os.close(descriptor)
        raise UserError("MCH-012", f"{machine.label} is run by another process") from exc
    return descriptor


def _say(report: int, plain: dict[str, object]) -> None:
    try:
        os.write(report, json.dumps(plain).encode() + b"\n")
    except BrokenPipeError:
        log.info("the starter did not wait for the report")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
