"""A host that was restarted, simulated for one cluster: all that lives in memory is gone at once.

Its files stay. Other clusters of the host, and the host itself, notice nothing.
"""

from asterism.e2e.cluster import Cluster
from asterism.e2e.faults.processes import kill, relay_of
from asterism.machine.providers.sandbox import leftovers, network


def reboot(cluster: Cluster) -> None:
    """Kill every process of `cluster`, and take its mounts, control groups and wires away."""
    inits = [machine.init for machine in cluster.machines]
    kill(relay_of(cluster))
    for machine in cluster.machines:
        kill(machine.process)
    for init in inits:
        assert init.wait(10), "a node outlives its machine"
    for machine in cluster.machines:
        leftovers.remove(machine.folder)
    network.delete(cluster.name)
