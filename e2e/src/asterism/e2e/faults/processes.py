"""Processes of one cluster on its host, found by what they hold, and killed without warning."""

import signal

from asterism.e2e import processes
from asterism.e2e.cluster import Cluster
from asterism.e2e.machine import Machine
from asterism.machine.identity import ProcessId
from asterism.machine.relay.record import RelayRecord

END_TIMEOUT = 10.0


def tpm_of(machine: Machine) -> ProcessId:
    """The virtual TPM of a running machine: a child of the machine's process."""
    for pid in processes.descendants(machine.process.pid):
        if processes.command_of(pid).startswith("swtpm "):
            return ProcessId.of(pid)
    msg = f"{machine.name} has no virtual TPM"
    raise AssertionError(msg)


def relay_of(cluster: Cluster) -> ProcessId:
    """The relay that leads the owner's commands to a cluster."""
    record = RelayRecord.read(cluster.folder)
    assert record is not None, f"{cluster.name} never had a relay"
    assert record.process is not None, f"the relay of {cluster.name} was stopped"
    return record.process


def kill(process: ProcessId) -> None:
    """SIGKILL, and wait until it is gone."""
    process.send(signal.SIGKILL)
    assert process.wait(END_TIMEOUT), f"process {process.pid} outlives SIGKILL"
