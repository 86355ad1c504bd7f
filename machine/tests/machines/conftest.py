"""A specification and a state directory of the test's own."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from asterism.config import paths
from asterism.machine.spec import MachineSpec


@pytest.fixture
def spec(tmp_path: Path) -> MachineSpec:
    """A worker that boots from an empty directory."""
    return MachineSpec(
        cluster="c1",
        machine="c1-worker-1",
        role="worker",
        image_dir=tmp_path / "image",
        address=IPv4Address("10.210.0.12"),
    )


@pytest.fixture
def clusters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of all clusters, moved away from the host's."""
    place = tmp_path / "clusters"
    monkeypatch.setattr(paths, "CLUSTERS", place)
    return place
