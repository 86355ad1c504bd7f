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


def claim(node: Any, name: str) -> Any:
    """One claim about a node: its value, what proves it, and under which root."""
    return next(item for item in node["claims"] if item["claim"] == name)


def test_what_is_measured_is_what_the_image_promises(
    confidential_cluster: Cluster, verified: Any
) -> None:
    """Launch measurement and registers of every node are the image's reference values."""
    image = confidential_cluster.machines[0].spec.image_dir
    values = ImageManifest.from_json((image / "manifest.json").read_bytes()).reference_values
    measurements = {value.hex() for value in values.snp_measurements.values()}
    for node in verified["nodes"]:
        assert claim(node, "launch measurement")["value"] in measurements
        for index, value in values.pcrs.items():
            assert claim(node, f"PCR {index}")["value"] == value.hex()


def test_every_node_belongs_to_the_pinned_cluster(verified: Any) -> None:
    """PCR 15 of every node names the one cluster."""
    assert {claim(node, "cluster")["value"] for node in verified["nodes"]} == {verified["id"]}


def test_every_claim_says_what_proves_it_and_under_which_root(verified: Any) -> None:
    """No claim stands without a proof, and roots of emulated makers are named as such."""
    for node in verified["nodes"]:
        assert all(item["value"] and item["provenBy"] and item["under"] for item in node["claims"])
        assert "EMULATED" in claim(node, "machine")["under"]
        assert "EMULATED" in claim(node, "endorsement key")["under"]
        assert node["labels"] == ["EMULATED"]


def test_what_cannot_be_proven_is_said(verified: Any) -> None:
    """The risks that emulation leaves are part of the answer."""
    assert verified["residualRisks"]


def test_people_are_told_the_same(confidential_cluster: Cluster) -> None:
    """The table names every node, the cluster's ID and the roots."""
    shown = confidential_cluster.asterism("cluster", "verify", confidential_cluster.name)
    for machine in confidential_cluster.machines:
        assert machine.name in shown
    assert "EMULATED" in shown
