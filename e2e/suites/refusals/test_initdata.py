"""V15: the right image with other initdata than were measured, or with none.

That no byte of them can be changed is in `test_altered`.
"""

from dataclasses import replace

import pytest

from asterism.attestation.grant import Role
from asterism.attestation.initdata import Initdata
from asterism.e2e import twins
from asterism.e2e.lab import altered
from asterism.e2e.lab.altered import initdata_of, report_of
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.opening import open_init, verified
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.starting import PowerOn
from asterism.tpm import commands

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]

ROLE = Role.CONTROL_PLANE


@pytest.fixture
def machine(owner: LabOwner, power_on: PowerOn) -> LabMachine:
    """A machine that its owner wants."""
    return power_on(owner)


def elsewhere(machine: LabMachine) -> bytes:
    """The machine's initdata, but it is to dial the host's own control plane."""
    initdata = Initdata.decode(machine.prover.initdata)
    (address,) = initdata.addresses
    return replace(initdata, addresses=(address.replace("11:", "12:"),)).encode()


@pytest.mark.attack("V15", refused="ATT-021")
def test_initdata_with_one_byte_changed_are_refused(owner: LabOwner, machine: LabMachine) -> None:
    """V15: one digit of an address, which nobody has signed: only the measurement tells."""
    shown = elsewhere(machine)
    assert sum(a != b for a, b in zip(shown, machine.prover.initdata, strict=True)) == 1
    with refused("ATT-021"):
        open_init(owner, initdata_of(machine, shown))


@pytest.mark.attack("V15", refused=("ATT-021", "ATT-022"))
def test_initdata_of_another_machine_or_owner_are_refused(
    owner: LabOwner, machine: LabMachine
) -> None:
    """V15: well-formed and well-signed, for another slot; or of another owner altogether."""
    with refused("ATT-021"):
        open_init(owner, initdata_of(machine, owner.initdata("lab-cp-2", ROLE).encode()))
    stranger = LabOwner(owner.makers)
    with refused("ATT-022"):
        open_init(owner, initdata_of(machine, stranger.initdata("lab-cp-1", ROLE).encode()))


@pytest.mark.attack("V15", refused="ATT-020")
def test_a_machine_without_initdata_is_refused(owner: LabOwner, machine: LabMachine) -> None:
    """V15: what is missing is not passed over."""
    with refused("ATT-020"):
        open_init(owner, initdata_of(machine, b""))


@pytest.mark.attack("V15", refused="ATT-021")
@pytest.mark.parametrize("host_data", [bytes(32), b"\xff" * 32, b"another digest".ljust(32)])
def test_initdata_that_the_processor_was_not_told_of_are_refused(
    owner: LabOwner, machine: LabMachine, host_data: bytes
) -> None:
    """V15: the TPM measured them, but the launch named others, or none."""
    with refused("ATT-021"):
        open_init(owner, report_of(machine, {altered.HOST_DATA: host_data}))


@pytest.mark.attack("V15", refused="ATT-021")
def test_initdata_that_were_measured_twice_are_refused(
    owner: LabOwner, machine: LabMachine
) -> None:
    """V15: the launch names them, but the firmware measured something else as well."""
    commands.pcr_extend(machine.tpm, 8, bytes(range(32)))
    with refused("ATT-021"):
        open_init(owner, machine.prover)


@pytest.mark.twin("V15")
def test_twin_of_initdata_with_one_byte_changed(
    owner: LabOwner, machine: LabMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V15: where the digest is not of what is shown, the machine dials whom the host says."""
    twins.load("V15").apply(monkeypatch, measured=machine.prover.initdata)
    shown = elsewhere(machine)
    open_init(owner, initdata_of(machine, shown))
    claims = verified(owner, initdata_of(machine, shown))
    assert claims.initdata.addresses == ("10.210.0.12:9443",)
