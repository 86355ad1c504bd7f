"""Many clusters one after the other."""

import pytest

from asterism.e2e.factory import ClusterFactory
from asterism.e2e.leaks import Footprint

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(1800)]

CYCLES = 20


@pytest.mark.usefixtures("nothing_left")
def test_twenty_clusters_leave_nothing(clusters: ClusterFactory) -> None:
    """Create and delete twenty times; every time the host is as before."""
    before = Footprint.of_host()
    for cycle in range(CYCLES):
        with clusters() as cluster:
            cluster.wait_ready()
        left = Footprint.of_host().added_since(before)
        assert not left, f"after cycle {cycle + 1}: {left}"
