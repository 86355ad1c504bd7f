"""Fixtures that several suites share."""

from collections.abc import Iterator
from itertools import count

import pytest

from asterism.e2e.attack_hooks import pytest_runtest_call, pytest_runtest_setup
from asterism.e2e.cluster import Cluster
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.pods import Namespace
from asterism.machine.makers.store import MakerStore

__all__ = ["makers", "namespace", "owner", "pytest_runtest_call", "pytest_runtest_setup"]

_numbers = count(1)


@pytest.fixture(scope="session")
def makers(tmp_path_factory: pytest.TempPathFactory) -> MakerStore:
    """The makers whom the owner trusts."""
    return MakerStore(tmp_path_factory.mktemp("makers") / "trusted")


@pytest.fixture
def owner(makers: MakerStore) -> LabOwner:
    """Somebody who trusts `makers`."""
    return LabOwner(makers)


@pytest.fixture
def namespace(confidential_cluster: Cluster) -> Iterator[Namespace]:
    """A fresh Kubernetes namespace of the shared cluster."""
    name = f"test-{next(_numbers)}"
    confidential_cluster.kubectl("create", "namespace", name)
    yield Namespace(confidential_cluster, name)
    confidential_cluster.kubectl("delete", "namespace", name, "--wait=false")
