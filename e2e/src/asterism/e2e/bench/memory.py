"""Memory of our own processes, as proportional set size."""

from collections.abc import Iterable

from asterism.e2e import processes
from asterism.e2e.bench.table import Row
from asterism.e2e.cluster import Cluster

MIB = 1 << 20


def memory_rows(cluster: Cluster) -> list[Row]:
    """What Asterism itself takes in each node and on the host, Kubernetes left out."""
    rows = []
    for machine in cluster.machines:
        agent = machine.unit_process("asterism-agent.service").pid
        inside = [agent, *processes.descendants(agent)]
        rows.append(Row(f"memory in {_kind(machine.name)}: agent", _mib(inside), "MiB", "80"))
        outside = set(processes.descendants(machine.process.pid)) | {machine.process.pid}
        own = outside - set(processes.descendants(machine.init.pid)) - {machine.init.pid}
        rows.append(Row(f"memory on the host for {_kind(machine.name)}", _mib(own), "MiB"))
    relay = [pid for pid in processes.everything() if _is_relay(pid, cluster.name)]
    rows.append(Row("memory on the host: relay", _mib(relay), "MiB"))
    return rows


def _kind(machine: str) -> str:
    return "the control plane" if "-cp-" in machine else "a worker"


def _is_relay(pid: int, cluster: str) -> bool:
    command = processes.command_of(pid)
    return "asterism.machine" in command and "relay" in command and f"/{cluster}" in command


def _mib(pids: Iterable[int]) -> float:
    return sum(map(processes.proportional_memory, pids)) / MIB
