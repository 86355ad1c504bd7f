"""V03, J05: quotes over what nobody asked for, and keys that are no attestation keys."""

from collections.abc import Mapping

import pytest
from typing_extensions import override

from asterism.attestation.binding import Binding
from asterism.e2e import twins
from asterism.e2e.lab.machine import Image, LabMachine
from asterism.e2e.lab.opening import open_init, shown_by
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.soft_tpm import ATTRIBUTES, SoftTpm
from asterism.e2e.lab.starting import PowerOn
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.tpm import commands
from asterism.tpm.constants import Alg, ObjectAttribute

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]

ROGUE = b"\x0d" * 31 + b"\x0e"
"""The digest of something that the machine measured after its boot, and nobody asked for."""
REGISTERS = (4, 8, 9, 11, 15)
EMPTY = dict.fromkeys(REGISTERS, bytes(32))


@pytest.fixture
def machine(owner: LabOwner, power_on: PowerOn) -> LabMachine:
    """The right launch; but then something else was loaded, and its TPM knows."""
    found = power_on(owner)
    commands.pcr_extend(found.tpm, 11, ROGUE)
    return found


@pytest.fixture
def wanted(owner: LabOwner, machine: LabMachine) -> dict[int, bytes]:
    """The registers as the owner wants to see them."""
    others = commands.pcr_read(machine.tpm, (8, 15))
    return {**Image().pcrs, **others}


SELECTIONS: dict[str, tuple[int, ...]] = {
    "none": (),
    "fewer": (4, 8, 9, 15),
    "more": (4, 7, 8, 9, 11, 15),
    "others": (0, 1, 2, 3, 5),
    "one": (15,),
}


@pytest.mark.attack("V03", refused="ATT-205")
@pytest.mark.parametrize("registers", SELECTIONS.values(), ids=SELECTIONS)
def test_a_quote_over_other_registers_is_refused(
    owner: LabOwner,
    machine: LabMachine,
    wanted: dict[int, bytes],
    registers: tuple[int, ...],
) -> None:
    """V03: an honest digest over none, fewer, more or others; beside it what is to be believed."""
    quoted = {index: wanted.get(index, bytes(32)) for index in registers}
    with refused("ATT-205"):
        open_init(owner, SoftTpm(machine, quoted=quoted, shown=wanted))


@pytest.mark.attack("V03", refused="ATT-205")
@pytest.mark.parametrize("bank", [Alg.SHA1, Alg.SHA384])
def test_a_quote_over_another_bank_is_refused(
    owner: LabOwner, machine: LabMachine, wanted: dict[int, bytes], bank: Alg
) -> None:
    """V03: the right registers, of a bank in which they can be forged, or that is not measured."""
    with refused("ATT-205"):
        open_init(owner, SoftTpm(machine, bank=bank, shown=wanted))


@pytest.mark.attack("V03", refused=("ATT-013", "ATT-210"))
def test_a_quote_over_empty_registers_is_refused(owner: LabOwner, machine: LabMachine) -> None:
    """V03: the right selection, of a TPM that was told nothing."""
    with refused("ATT-013", "ATT-209", "ATT-210"):
        open_init(owner, SoftTpm(machine, shown=EMPTY))


@pytest.mark.attack("V03", refused="ATT-206")
def test_values_that_the_quote_does_not_cover_are_refused(
    owner: LabOwner, machine: LabMachine, wanted: dict[int, bytes]
) -> None:
    """V03: the right selection with its true digest, and other values to be believed."""
    with refused("ATT-206"):
        open_init(owner, SoftTpm(machine, quoted=true_registers(machine), shown=wanted))


@pytest.mark.twin("V03")
@pytest.mark.parametrize("covered", [(), (15,)], ids=["none", "one"])
def test_twin_of_a_quote_over_other_registers(
    owner: LabOwner,
    machine: LabMachine,
    wanted: dict[int, bytes],
    covered: tuple[int, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """V03: a verifier that goes by the quote's own selection believes the values beside it."""
    twins.load("V03").apply(monkeypatch)
    quoted = {index: wanted[index] for index in covered}
    open_init(owner, SoftTpm(machine, quoted=quoted, shown=wanted))


def true_registers(machine: LabMachine) -> Mapping[int, bytes]:
    """What the machine's TPM holds."""
    return commands.pcr_read(machine.tpm, REGISTERS)


ATTRIBUTE_LIES = {
    "not restricted": ATTRIBUTES & ~ObjectAttribute.RESTRICTED,
    "not fixed to the TPM": ATTRIBUTES & ~ObjectAttribute.FIXED_TPM,
    "not fixed to its parent": ATTRIBUTES & ~ObjectAttribute.FIXED_PARENT,
    "not made in the TPM": ATTRIBUTES & ~ObjectAttribute.SENSITIVE_DATA_ORIGIN,
    "not for signing": ATTRIBUTES & ~ObjectAttribute.SIGN,
    "decrypts as well": ATTRIBUTES | ObjectAttribute.DECRYPT,
    "can be duplicated": ATTRIBUTES | ObjectAttribute.ENCRYPTED_DUPLICATION,
    "external": ObjectAttribute.SIGN | ObjectAttribute.USER_WITH_AUTH,
}


@pytest.mark.attack("J05", refused="ATT-202")
@pytest.mark.parametrize("attributes", ATTRIBUTE_LIES.values(), ids=ATTRIBUTE_LIES)
def test_a_key_without_the_attributes_of_an_attestation_key_is_refused(
    owner: LabOwner, machine: LabMachine, wanted: dict[int, bytes], attributes: int
) -> None:
    """J05: it may sign what only looks like a quote, or may not even live in a TPM."""
    with refused("ATT-202"):
        open_init(owner, SoftTpm(machine, shown=wanted, attributes=attributes))


class Substitute(SoftTpm):
    """Beside the quote it shows a report that the machine made for another session."""

    @override
    def evidence(self, binding: Binding) -> Evidence:
        evidence = super().evidence(binding)
        evidence.snp.CopyFrom(shown_by(self.machine.prover)[0].snp)
        return evidence


class Namesake(SoftTpm):
    """It goes by the name of the machine's own key."""

    @property
    @override
    def ak_name(self) -> bytes:
        return self.machine.prover.ak_name


@pytest.mark.attack("J05", refused="ATT-002")
def test_a_software_key_beside_the_report_of_another_is_refused(
    owner: LabOwner, machine: LabMachine, wanted: dict[int, bytes]
) -> None:
    """J05: attributes are only claimed; but the machine's report is for the key that it names."""
    with refused("ATT-002"):
        open_init(owner, Substitute(machine, shown=wanted))


@pytest.mark.attack("J05", refused="TLS-025")
def test_a_software_key_under_the_name_of_the_genuine_key_is_refused(
    owner: LabOwner, machine: LabMachine, wanted: dict[int, bytes]
) -> None:
    """J05: the report fits the name in the hello; then the quote must be by that key."""
    with refused("TLS-025"):
        open_init(owner, Namesake(machine, shown=wanted))


@pytest.mark.twin("J05")
@pytest.mark.parametrize("attributes", ATTRIBUTE_LIES.values(), ids=ATTRIBUTE_LIES)
def test_twin_of_a_key_without_the_attributes(
    owner: LabOwner,
    machine: LabMachine,
    wanted: dict[int, bytes],
    attributes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """J05: where any key will do, the node signs the registers that the owner wants to see."""
    twins.load("J05").apply(monkeypatch)
    open_init(owner, SoftTpm(machine, shown=wanted, attributes=attributes))
