"""Every port of every node, called by somebody who has no evidence."""

from pathlib import Path

import pytest

from asterism.atls.purpose import Purpose
from asterism.e2e import detour, listeners
from asterism.e2e.cluster import Cluster, mesh_addresses
from asterism.e2e.lab.attackers import Intruder
from asterism.e2e.listeners import Listening
from asterism.e2e.machine import Machine
from asterism.e2e.refused import expect_in_journal
from asterism.proto.session.v1.session_pb2 import Anonymous, Proof

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(120)]

REFUSALS = {"alert", "cut", "HTTP 401", "HTTP 403"}
NOT_IN_CLEAR = {"cut", "HTTP 400"}
NOTHING_TO_TELL = "HTTP 404"
HEALTH_ON_THE_MESH = ("kube-proxy", 10256)
IN_CLEAR = {("kubelet", 10248), ("kube-proxy", 10249), HEALTH_ON_THE_MESH, ("etcd", 2381)}
"""Health and metrics (docs/ports.md)."""
STREAMS = "containerd"
"""Answers on a port of loopback that is never the same, and only to paths it has just given out."""


@pytest.mark.attack("A10", refused="TLS-003")
def test_every_listener_of_every_node_asks_for_proof(
    confidential_cluster: Cluster, tmp_path: Path
) -> None:
    """A10: no certificate, a self-signed one, no TLS: nothing but health and metrics answers."""
    mesh = mesh_addresses(confidential_cluster)
    for machine in confidential_cluster.machines:
        found = listeners.of(machine, mesh[machine.name])
        told = listeners.answers(machine, found, tmp_path)
        assert len(told) >= len(IN_CLEAR)
        for listening in found:
            expect_refused(listening, told[listening.target])
        expect_in_journal(machine, "TLS-003")
    confidential_cluster.asterism("cluster", "verify", confidential_cluster.name)


def expect_refused(listening: Listening, told: dict[str, str]) -> None:
    """A caller without standing is refused; what answers in clear has nothing to tell."""
    if is_in_clear(listening):
        assert told["clear"] == NOTHING_TO_TELL, (listening, told)
        assert listening.on_loopback or (listening.program, listening.port) == HEALTH_ON_THE_MESH
    else:
        assert {told["nobody"], told["self-signed"]} <= REFUSALS, (listening, told)
        assert told["clear"] in NOT_IN_CLEAR, (listening, told)


def is_in_clear(listening: Listening) -> bool:
    """Whether it is one of the few that speak no TLS."""
    return (listening.program, listening.port) in IN_CLEAR or listening.program == STREAMS


@pytest.mark.attack("A10", refused="TLS-024")
def test_every_attest_port_asks_for_evidence_or_an_owner(confidential_cluster: Cluster) -> None:
    """A10: TLS is fine, but where a proof should be the caller says that he has none."""
    machines = [(machine, Purpose.ADMIN, b"") for machine in confidential_cluster.machines]
    machines += [
        (machine, Purpose.JOIN, bytes(range(34))) for machine in confidential_cluster.control_planes
    ]
    for machine, purpose, ak_name in machines:
        assert refusal_of(confidential_cluster, machine, purpose, ak_name) == "TLS-024"
        expect_in_journal(machine, "TLS-024")
    confidential_cluster.asterism("cluster", "verify", confidential_cluster.name)


def refusal_of(cluster: Cluster, machine: Machine, purpose: Purpose, ak_name: bytes) -> str:
    """The ID with which `machine` turns somebody away who proves nothing."""
    intruder = Intruder(detour.on_the_wires(cluster, machine), purpose)
    intruder.ask_for_proof(ak_name)
    return intruder.show_out_of_order(Proof(anonymous=Anonymous()))
