"""Where the relay leads a connection."""

from ipaddress import IPv4Address

import pytest

from asterism.config import network
from asterism.machine.relay.routing import Target, targets_for

FIRST = Target("c1-cp-1", "control-plane", IPv4Address("10.210.0.11"))
SECOND = Target("c1-cp-2", "control-plane", IPv4Address("10.210.0.12"))
WORKER = Target("c1-worker-1", "worker", IPv4Address("10.210.0.13"))
ALL = (WORKER, SECOND, FIRST)


@pytest.mark.parametrize("target", ALL)
def test_a_machine_is_reached_by_its_name(target: Target) -> None:
    """`MACHINE.attest.asterism.internal` leads there and nowhere else."""
    assert targets_for(network.attest_server_name(target.machine), ALL) == [target]


@pytest.mark.parametrize("name", [None, "kubernetes", network.ATTEST_SERVER_NAME, "example.org"])
def test_all_else_goes_to_control_planes(name: str | None) -> None:
    """In a fixed order, workers never."""
    assert targets_for(name, ALL) == [FIRST, SECOND]


def test_an_unknown_machine_is_nowhere() -> None:
    """Its connection is not led to another machine instead."""
    assert targets_for(network.attest_server_name("c1-cp-9"), ALL) == []
