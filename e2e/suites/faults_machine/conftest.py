"""Emulated hardware without nodes, as the refusals use it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from asterism.attestation.grant import Role
from asterism.e2e.lab.machine import LabMachine, powered_on
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.spotless import Snapshot


@pytest.fixture
def lab_folder(tmp_path: Path) -> Path:
    """What the host keeps of `lab_machine`."""
    return tmp_path / "machine"


@pytest.fixture
def meddling() -> Iterator[ExitStack]:
    """What the host does to `lab_machine`; undone after the machine has ended."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def lab_machine(owner: LabOwner, lab_folder: Path, meddling: ExitStack) -> Iterator[LabMachine]:
    """A running machine without a cluster."""
    data = owner.initdata("lab-cp-1", Role.CONTROL_PLANE).encode()
    with powered_on(lab_folder, data, owner.makers) as machine:
        yield machine


@pytest.fixture
def nothing_added() -> Iterator[None]:
    """Fails the test if it leaves anything; what other tests' pods take with them is no matter."""
    before = Snapshot.of_host()
    yield
    left = before.leaks()
    assert not left, left
