"""`asterism cluster verify`: what is proven, by what, under which root."""

import json
from typing import Any

import pytest

from asterism.e2e.cluster import Cluster
from asterism.measurement.manifest import ImageManifest

pytestmark = [pytest.mark.cluster, pytest.mark.root]


@pytest.fixture(scope="module")
def verified(_shared_cluster: Cluster) -> Any:
    """What `verify` says of the shared cluster."""
    return json.loads(
        _shared_cluster.asterism("cluster", "verify", _shared_cluster.name, "-o", "json")
    )


def test_every_node_is_proven_for_itself(confidential_cluster: Cluster, verified: Any) -> None:
    """Each machine has shown evidence of its own."""
    names = {machine.name for machine in confidential_cluster.machines}
    assert {node["name"] for node in verified["nodes"]} == names


def test_what_is_measured_is_what_the_image_promises(
    confidential_cluster: Cluster, verified: Any
) -> None:
    """Launch measurement and registers of every node are the signed reference values."""
    image = confidential_cluster.machines[0].spec.image_dir
    manifest = ImageManifest.from_json((image / "manifest.json").read_bytes())
    wanted = {value.hex() for value in manifest.reference_values.snp_measurements.values()}
    for node in verified["nodes"]:
        assert node["measurement"] in wanted


def test_the_roots_are_named_and_labelled_as_emulated(verified: Any) -> None:
    """Nobody can take an emulated cluster for a real one."""
    for node in verified["nodes"]:
        assert "EMULATED" in node["labels"]
        assert all("EMULATED" in anchor["name"] for anchor in node["anchors"])


def test_people_are_told_the_same(confidential_cluster: Cluster) -> None:
    """The table names every node, the cluster's ID and the roots."""
    shown = confidential_cluster.asterism("cluster", "verify", confidential_cluster.name)
    for machine in confidential_cluster.machines:
        assert machine.name in shown
    assert "EMULATED" in shown
