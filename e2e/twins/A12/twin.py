"""A12, another genuine cluster. Taken away: the cluster's ID comes from the owner's pin."""

from asterism.e2e.lab.machine import LabMachine


def pinned(machine: LabMachine) -> bytes:
    """The ID that an owner without a pin would take: the one that he is offered."""
    assert machine.binding.bound is not None
    return machine.binding.bound.cluster_id
