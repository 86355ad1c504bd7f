"""T01 against a whole node: the host resets its TPM and lets the machine run on."""

from pathlib import Path

import pytest

from asterism.e2e import evidence, hostile
from asterism.e2e.factory import ClusterFactory, Wanted
from asterism.e2e.faults.processes import kill, tpm_of
from asterism.e2e.faults.told import error_of
from asterism.machine.vtpm.vtpm import Vtpm
from asterism.measurement import eventlog
from asterism.tpm import commands
from asterism.tpm.constants import Alg

pytestmark = [
    pytest.mark.cluster, pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(240),
]  # fmt: skip

HOST = Path(__file__).parent / "hosts/no_guard"


@pytest.mark.usefixtures("nothing_added")
def test_a_node_whose_tpm_was_reset_refuses_to_prove_and_powers_off(
    clusters: ClusterFactory,
) -> None:
    """The log was replayed to the last event, PCR 15 included; the counters tell."""
    misled = ClusterFactory(hostile.on_host(clusters.home, HOST), clusters.image)
    try:
        cluster = misled.create(Wanted(workers=0))
        machine = cluster.control_planes[0]
        init, folder = machine.init, machine.folder
        shown, _ = evidence.take(cluster, machine)
        kill(tpm_of(machine))
        with Vtpm.start(folder.tpm, folder.host) as tpm:
            for event in eventlog.parse(shown.tpm.event_log).events:
                commands.pcr_extend(tpm.device, event.pcr, event.digests[Alg.SHA256])
            assert init.alive(), "this host cuts no power"
            assert error_of(cluster, "cluster", "verify", cluster.name)["error"] == "MCH-105"
            assert init.wait(20), "the node goes on"
    finally:
        misled.close()
