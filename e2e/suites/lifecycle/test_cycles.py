"""Many clusters one after the other: each takes everything with it.

`ASTERISM_E2E_CYCLES` is how many (100); `asterism.e2e.campaign` tells how to stop and go on.
"""

from pathlib import Path
from statistics import median

import pytest

from asterism import clock
from asterism.e2e.campaign import Campaign, setting
from asterism.e2e.factory import ClusterFactory, Wanted
from asterism.e2e.home import Home
from asterism.e2e.residue import temporary_files_in
from asterism.e2e.spotless import Snapshot

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(14400)]

CYCLES = setting("ASTERISM_E2E_CYCLES", 100)
EVERY_THIRD = 3
"""Every third cluster has a worker; the others are one machine."""


def test_clusters_leave_nothing(
    clusters: ClusterFactory, asterism_home: Home, tmp_path: Path
) -> None:
    """Create, wait until all is ready, delete: each time the host is as before."""
    own = (tmp_path / "tmp", asterism_home.folder)
    campaign = Campaign.of("cycles", CYCLES, tmp_path)
    with temporary_files_in(own[0]):
        campaign.turn.take()
        cycle(clusters, Wanted(workers=0))  # what is made once for a host or owner is there now
        before = Snapshot.of_host(*own)
        for number, facts in campaign.rounds():
            facts.update(cycle(clusters, Wanted(workers=int(number % EVERY_THIRD == 0))))
            left = before.leaks()
            assert not left, f"after cycle {number + 1}: {left}"
    created = [facts["create"] for facts in campaign.done()]
    assert len(created) == CYCLES
    print(f"{CYCLES} cycles, create {median(created):.1f} s in the middle, 0 leaks")


def cycle(clusters: ClusterFactory, wanted: Wanted) -> dict[str, float]:
    """One cluster from its creation to its end; how long both took, in seconds."""
    began = clock.monotonic()
    cluster = clusters.create(wanted)
    created = clock.monotonic()
    cluster.wait_ready()
    ready = clock.monotonic()
    clusters.delete(cluster)
    return {
        "workers": wanted.workers,
        "create": round(created - began, 2),
        "delete": round(clock.monotonic() - ready, 2),
    }
