"""Commands that meet: one at a time changes a cluster; others are in nobody's way."""

from pathlib import Path

import pytest

from asterism import clock
from asterism.e2e.creation import running_creation
from asterism.e2e.factory import ClusterFactory, Wanted, unique_name
from asterism.errors import ExitCode

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(300)]

SOON = 10.0


@pytest.mark.usefixtures("nothing_left")
def test_the_second_is_refused_and_another_name_is_not(
    clusters: ClusterFactory, tmp_path: Path
) -> None:
    """Two creations of one name, a deletion of it, and a creation of another name at a time."""
    first, other = clusters.adopt(unique_name()), clusters.adopt(unique_name())
    home = clusters.home
    with (
        running_creation(home, first.name, tmp_path / "first") as creation,
        running_creation(home, other.name, tmp_path / "other") as beside,
    ):
        creation.wait_for("machines", "started")
        for words in (
            ["create", first.name, *Wanted().arguments()],
            ["delete", first.name, "--yes"],
        ):
            began = clock.monotonic()
            refused = home.asterism("cluster", *words, check=False)
            assert clock.monotonic() - began < SOON
            assert refused.returncode == ExitCode.CONFLICT
            assert "[CLU-002]" in refused.stderr.decode()
            holder = f"`asterism cluster create`, process {creation.process.pid}"
            assert holder in refused.stderr.decode()
        assert creation.process.poll() is None, "it was over before it could be disturbed"
        assert creation.end() == ExitCode.OK, creation.text
        assert beside.end() == ExitCode.OK, beside.text
    for cluster in (first, other):
        cluster.wait_ready()
        clusters.delete(cluster)
