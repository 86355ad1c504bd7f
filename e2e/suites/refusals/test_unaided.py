"""`verify` against a running cluster: what it asks of the host that could tell it anything."""

from pathlib import Path

import pytest

from asterism.config import paths
from asterism.e2e import detour, hostile
from asterism.e2e.cluster import Cluster

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(120)]

WHERE_TO_DIAL = {"cluster.json", "relay.json"}
HOSTS = (str(paths.STATE), "/run/asterism", "/etc/asterism")
"""Folders in which the host could leave word."""


def test_verify_reads_of_the_host_only_where_to_dial(
    confidential_cluster: Cluster, tmp_path: Path
) -> None:
    """A13: the files that tell the way, and the relay; nothing that could hold a verdict."""
    told = tmp_path / "told"
    told_on = hostile.on_host(confidential_cluster.home, hostile.FOLDER / "told")
    name = confidential_cluster.name
    told_on.asterism("cluster", "verify", name, extra={"TOLD_TO": str(told)})
    lines = [line.split(" ", 1) for line in told.read_text().splitlines()]
    called = {what for event, what in lines if event == "connect"}
    assert called == {str((detour.ADDRESS, detour.relay_port(confidential_cluster)))}
    opened = {what for event, what in lines if event == "open" and what.startswith(HOSTS)}
    assert opened <= {str(confidential_cluster.folder / file) for file in WHERE_TO_DIAL}
