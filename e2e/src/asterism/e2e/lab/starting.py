"""The form of the fixture that starts lab machines."""

from typing import Protocol

from asterism.attestation.grant import Role
from asterism.e2e.lab.machine import Image, LabMachine
from asterism.e2e.lab.owner import LabOwner
from asterism.machine.makers.store import MakerStore
from asterism.machine.processors.snp_report import GuestPolicy


class PowerOn(Protocol):
    """Starts a lab machine that runs until the test ends."""

    def __call__(
        self,
        owner: LabOwner,
        slot: str = "lab-cp-1",
        role: Role = Role.CONTROL_PLANE,
        *,
        initdata: bytes | None = None,
        makers: MakerStore | None = None,
        image: Image | None = None,
        guest_policy: GuestPolicy | None = None,
    ) -> LabMachine:
        """A machine with the owner's initdata for `slot`, or with those that are given."""
