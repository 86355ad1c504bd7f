"""Machines and owners for attacks that need no cluster."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from asterism.attestation.grant import Role
from asterism.e2e.lab.machine import Image, LabMachine, powered_on
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.starting import PowerOn
from asterism.machine.makers.store import MakerStore
from asterism.machine.processors.snp_report import GuestPolicy


@pytest.fixture(scope="session")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> MakerStore:
    """Makers of the same kind of hardware whom he does not."""
    return MakerStore(tmp_path_factory.mktemp("makers") / "strangers")


@pytest.fixture
def power_on(tmp_path: Path) -> Iterator[PowerOn]:
    """Lab machines on demand."""
    numbers = count(1)
    with ExitStack() as stack:

        def start(
            owner: LabOwner,
            slot: str = "lab-cp-1",
            role: Role = Role.CONTROL_PLANE,
            *,
            initdata: bytes | None = None,
            makers: MakerStore | None = None,
            image: Image | None = None,
            guest_policy: GuestPolicy | None = None,
        ) -> LabMachine:
            data = owner.initdata(slot, role).encode() if initdata is None else initdata
            machine = powered_on(
                tmp_path / str(next(numbers)),
                data,
                makers or owner.makers,
                image=image,
                guest_policy=guest_policy,
            )
            return stack.enter_context(machine)

        yield start
