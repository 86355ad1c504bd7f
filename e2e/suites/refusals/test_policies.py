"""V05: policies that leave out a register, and what would boot under them."""

from dataclasses import dataclass, replace

import pytest
from typing_extensions import override

from asterism.attestation.claims import Tee
from asterism.attestation.policy import Policy, stated_registers
from asterism.e2e import twins
from asterism.e2e.lab.machine import Image
from asterism.e2e.lab.opening import open_init
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.starting import PowerOn
from asterism.keys.documents import Kind, SignedDocument
from asterism.measurement.eventlog import Event, EventType

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]

STATED = stated_registers(Tee.SNP_VTPM)
SHELL = b"root=/dev/vda init=/bin/sh"


@dataclass(frozen=True, slots=True)
class WithShell(Image):
    """The owner's image, to whose command line the host adds: PCR 11 has one event more."""

    @property
    @override
    def events(self) -> tuple[Event, ...]:
        return (*Image().events, Event.of(11, EventType.EVENT_TAG, SHELL))


def pinning(policy: Policy, *registers: int) -> Policy:
    """The policy with values for these registers only."""
    return replace(policy, pcrs={index: policy.pcrs[index] for index in registers})


@pytest.mark.attack("V05", refused="ATT-210")
def test_a_longer_command_line_is_refused(owner: LabOwner, power_on: PowerOn) -> None:
    """V05: the launch digest is the owner's; a register tells."""
    with refused("ATT-210"):
        open_init(owner, power_on(owner, image=WithShell()).prover)


@pytest.mark.attack("V05", refused="ATT-010")
@pytest.mark.parametrize("left_out", STATED)
def test_no_policy_leaves_out_a_register(owner: LabOwner, left_out: int) -> None:
    """V05: it cannot be made, however it was come by."""
    kept = [index for index in STATED if index != left_out]
    with refused("ATT-010"):
        pinning(owner.policy(), *kept)
    with refused("ATT-010"):
        replace(owner.policy(), pcrs={**owner.policy().pcrs, left_out: frozenset()})


@pytest.mark.attack("V05", refused=("DOC-003", "DOC-004"))
@pytest.mark.parametrize("left_out", STATED)
def test_no_signed_policy_that_leaves_out_a_register_is_loaded(
    owner: LabOwner, left_out: int
) -> None:
    """V05: the owner's signature does not make it one; nor does an empty list."""
    payload = owner.policy().payload()
    registers = payload["pcrs"]
    assert isinstance(registers, dict)
    registers[str(left_out)] = []
    with refused("DOC-004"):
        Policy.open(SignedDocument.sign(Kind.POLICY, payload, [owner.key]), [owner.key.public])
    del registers[str(left_out)]
    with refused("DOC-003"):
        Policy.open(SignedDocument.sign(Kind.POLICY, payload, [owner.key]), [owner.key.public])


@pytest.mark.twin("V05")
def test_twin_of_a_policy_that_leaves_out_a_register(
    owner: LabOwner, power_on: PowerOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V05: a policy that pins what the firmware started boots a shell under the right image."""
    twins.load("V05").allow_gaps(monkeypatch)
    policy = pinning(owner.policy(), 4)
    open_init(owner, power_on(owner, image=WithShell()).prover, policy)
