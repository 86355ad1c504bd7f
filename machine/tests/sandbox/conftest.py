"""A cluster of the built image, of which nothing is left on the host afterwards."""

import os
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from asterism.attestation.grant import Role
from asterism.config import paths
from asterism.e2e.lab.owner import LabOwner
from asterism.machine.makers.store import MakerStore
from asterism.machine.providers.sandbox import roots
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.spec import MachineSpec

CLUSTER = f"boot-{os.getpid()}"


@pytest.fixture(scope="module")
def initdata(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A document that some owner signed, with which an agent starts."""
    owner = LabOwner(MakerStore(tmp_path_factory.mktemp("makers")))
    return owner.initdata("m-cp-1", Role.CONTROL_PLANE).encode()


@pytest.fixture
def provider() -> Iterator[SandboxProvider]:
    """The provider with a network; afterwards nothing of the cluster is on the host."""
    made = SandboxProvider()
    made.create_network(CLUSTER)
    yield made
    for info in made.list_machines(CLUSTER):
        made.delete(CLUSTER, info.machine)
    made.delete_network(CLUSTER)
    assert traces() == []


@pytest.fixture
def spec() -> MachineSpec:
    """A control plane of the newest image."""
    image = (paths.IMAGES / "current").resolve()
    return MachineSpec(CLUSTER, "m-cp-1", "control-plane", image, IPv4Address("10.210.0.11"))


def traces() -> list[str]:
    """Whatever names the test's cluster: processes, mounts, namespaces, control groups, files."""
    label = CLUSTER.encode()
    found = [str(place) for place in Path("/proc").glob("[0-9]*/cmdline") if label in read(place)]
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    found += [line for line in mounts if CLUSTER in line]
    found += [str(group) for group in Path("/sys/fs/cgroup").glob(f"**/asterism/{CLUSTER}.*")]
    found += [str(user) for user in roots.RUN.glob(f"*/users/{CLUSTER}.*")]
    found += [str(paths.cluster_dir(CLUSTER))] if paths.cluster_dir(CLUSTER).exists() else []
    return found


def read(place: Path) -> bytes:
    """A file of /proc, empty when its process is gone."""
    try:
        return place.read_bytes()
    except OSError:
        return b""
