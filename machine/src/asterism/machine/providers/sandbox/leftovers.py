"""Removes what a machine that is not running may have left on the host. Repeatable."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from asterism.errors import UserError
from asterism.machine.identity import ProcessId
from asterism.machine.providers.sandbox import cgroups, network, roots
from asterism.machine.providers.sandbox.cgroups import Hierarchies
from asterism.machine.store import MachineDir

END_SECONDS = 8.0
"""A halt takes at most 3 s; the rest is for the TPM, the host socket and a busy host."""


def end_process(machine: MachineDir, order: signal.Signals) -> None:
    """End the machine's process with `order`, by SIGKILL if that does not help; then its init.

    Raises ProvisionError MCH-011 when one of them outlives SIGKILL.
    """
    state = machine.state()
    if state is None:
        return
    if state.process is not None:
        state.process.end(END_SECONDS, order)
    if state.init is not None:
        # It dies with its parent; this is for the day when it did not.
        state.init.end(END_SECONDS, signal.SIGKILL)


def remove(machine: MachineDir) -> None:
    """Remove cable, control groups, the hold on the root and sockets. Nothing of it may run."""
    network.unplug(machine.cluster, machine.link)
    groups = _groups(machine)
    _kill_members(groups)
    cgroups.remove(groups)
    roots.release(machine.label)
    for socket in machine.host.glob("*.sock"):
        socket.unlink(missing_ok=True)


def _groups(machine: MachineDir) -> tuple[Path, ...]:
    state = machine.state()
    recorded = tuple(Path(group) for group in state.cgroups) if state else ()
    try:
        named = Hierarchies.of_host().groups_of(machine.label)
    except UserError:  # a host that lost a hierarchy must still be able to clean up
        named = ()
    return tuple(dict.fromkeys((*recorded, *named)))


def _kill_members(groups: tuple[Path, ...]) -> None:
    # A node whose machine process was killed before it wrote down its init is still found here.
    for group in groups:
        for folder, _, _ in os.walk(group):
            with suppress(FileNotFoundError):
                for pid in Path(folder, "cgroup.procs").read_text().split():
                    with suppress(ProcessLookupError):
                        ProcessId.of(int(pid)).send(signal.SIGKILL)
