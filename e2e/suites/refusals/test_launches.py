"""V07, V08, V09, V14: genuine processors that launched something else than they should.

Of kinds of machine there is SNP with a vTPM; the debug documents of others come with their kind.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from asterism.attestation.binding import Binding
from asterism.attestation.findings import Findings
from asterism.attestation.policy import Policy, SnpRules
from asterism.attestation.snp.tcb import Product
from asterism.attestation.snp.verify import AuthenticReport, check_rules
from asterism.cluster.documents import FLOORS
from asterism.e2e import twins
from asterism.e2e.lab import altered
from asterism.e2e.lab.altered import Altered, firmware_of, report_of
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.opening import open_init
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.recorded import AT, verified_report
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.soft_tpm import SoftTpm
from asterism.e2e.lab.starting import PowerOn
from asterism.machine.processors.snp import GENOA_TCB
from asterism.machine.processors.snp_report import GuestPolicy
from asterism.machine.processors.tcb import TcbVersion
from asterism.tpm import commands

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]


@pytest.fixture
def machine(owner: LabOwner, power_on: PowerOn) -> LabMachine:
    """A machine that its owner wants; each test has its processor say something else."""
    return power_on(owner)


CONSTANTS = pytest.mark.parametrize("byte", [b"\0", b"\xff"], ids=["zeros", "ones"])


def nothing_measured(machine: LabMachine, byte: bytes) -> Altered:
    """A processor whose launch digest is a constant, as debug modes and mocks have it."""
    return report_of(machine, {altered.MEASUREMENT: byte * 48})


def nothing_in_registers(machine: LabMachine, byte: bytes) -> SoftTpm:
    """A TPM whose registers are a constant, all but those of initdata and cluster."""
    own = commands.pcr_read(machine.tpm, (8, 15))
    return SoftTpm(machine, shown={**dict.fromkeys((4, 9, 11), byte * 32), **own})


def listing(policy: Policy, byte: bytes) -> Policy:
    """The policy that lists the constants beside the values of the owner's image."""
    measurements = policy.snp.measurements | {byte * 48}
    pcrs = {index: values | {byte * 32} for index, values in policy.pcrs.items()}
    return replace(policy, pcrs=pcrs, snp=replace(policy.snp, measurements=measurements))


@pytest.mark.attack("V07", refused=("ATT-013", "ATT-110"))
@CONSTANTS
def test_a_launch_that_measured_nothing_is_refused(
    owner: LabOwner, machine: LabMachine, byte: bytes
) -> None:
    """V07: an all-zero digest is no digest, nor is an all-one."""
    with refused("ATT-013", "ATT-110"):
        open_init(owner, nothing_measured(machine, byte))


@pytest.mark.attack("V07", refused=("ATT-013", "ATT-210"))
@CONSTANTS
def test_registers_that_nothing_was_measured_into_are_refused(
    owner: LabOwner, machine: LabMachine, byte: bytes
) -> None:
    """V07: registers as a reset leaves them."""
    with refused("ATT-013", "ATT-210"):
        open_init(owner, nothing_in_registers(machine, byte))


@pytest.mark.attack("V07", refused="ATT-013")
@CONSTANTS
def test_a_policy_that_lists_nothing_as_a_measurement_is_refused(
    owner: LabOwner, byte: bytes
) -> None:
    """V07: a policy made from a mock's report cannot be signed."""
    with refused("ATT-013"):
        listing(owner.policy(), byte)


@pytest.mark.attack("V07", refused="ATT-013")
@CONSTANTS
def test_constants_are_denied_whatever_the_policy_lists(
    owner: LabOwner, machine: LabMachine, byte: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V07: even a policy that slipped through makes no constant acceptable."""
    with monkeypatch.context() as careless:
        twins.load("V07").apply(careless)
        policy = listing(owner.policy(), byte)
    with refused("ATT-013"):
        open_init(owner, nothing_measured(machine, byte), policy)
    with refused("ATT-013"):
        open_init(owner, nothing_in_registers(machine, byte), policy)


@pytest.mark.twin("V07")
def test_twin_of_nothing_measured(
    owner: LabOwner, machine: LabMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V07: where constants count, a policy from a mock accepts a launch that measured nothing."""
    twins.load("V07").apply(monkeypatch)
    policy = listing(owner.policy(), b"\0")
    open_init(owner, nothing_measured(machine, b"\0"), policy)


def rules_for(authentic: AuthenticReport, *, until: date | None = None) -> SnpRules:
    """Rules that a recorded Milan report keeps, its floor included, but for what is said here."""
    assert authentic.versions.product is Product.MILAN
    return SnpRules(
        measurements=frozenset({authentic.report.measurement}),
        minimum_tcb={Product.MILAN: authentic.versions.launch},
        accept_distrusted={} if until is None else {Product.MILAN: until},
        vmpl=0,
        allow_debug=False,
        allow_migration=False,
    )


def judge(authentic: AuthenticReport, rules: SnpRules) -> None:
    """Apply the rules to a recorded report; raises every difference."""
    findings, report = Findings(), authentic.report
    check_rules(
        authentic,
        rules,
        binding=Binding(report.report_data),
        host_data=report.host_data,
        at=AT,
        findings=findings,
    )
    findings.raise_if_any()


@pytest.mark.attack("V08", refused="ATT-112")
def test_a_real_report_of_a_debug_guest_is_refused() -> None:
    """V08: recorded on a real processor; everything else in it is as wanted."""
    authentic = verified_report("milan-v2-smt-debug")
    with refused("ATT-112"):
        judge(authentic, rules_for(authentic, until=AT.date()))


@pytest.mark.attack("V08", refused=("ATT-112", "ATT-113"))
def test_every_flag_by_which_a_host_gets_at_memory_is_named(
    owner: LabOwner, power_on: PowerOn
) -> None:
    """V08: debugging, and migration to wherever the host likes."""
    machine = power_on(owner, guest_policy=GuestPolicy(debug=True, migrate_ma=True))
    with refused("ATT-112", "ATT-113"):
        open_init(owner, machine.prover)


OLDER = {
    "boot_loader": replace(GENOA_TCB, boot_loader=8),
    "snp": replace(GENOA_TCB, snp=21),
    "microcode": replace(GENOA_TCB, microcode=71),
}


@pytest.mark.attack("V09", refused="ATT-114")
@pytest.mark.parametrize("component", OLDER)
def test_firmware_below_the_floor_is_refused(
    owner: LabOwner, machine: LabMachine, component: str
) -> None:
    """V09: an honest platform that was not updated, with AMD's certificate for its firmware."""
    with refused("ATT-114"):
        open_init(owner, firmware_of(machine, OLDER[component]))


@pytest.mark.attack("V09", refused="ATT-114")
@pytest.mark.parametrize("version", [altered.COMMITTED_TCB, altered.LAUNCH_TCB])
@pytest.mark.parametrize("component", OLDER)
def test_firmware_that_could_go_back_or_was_older_at_launch_is_refused(
    owner: LabOwner, machine: LabMachine, version: int, component: str
) -> None:
    """V09: it reports new firmware, but is not committed to it, or launched the guest before."""
    with refused("ATT-114"):
        open_init(owner, report_of(machine, {version: OLDER[component].encode()}))


@pytest.mark.attack("V09", refused="ATT-106")
@pytest.mark.parametrize(
    "reported",
    [*OLDER.values(), replace(GENOA_TCB, snp=GENOA_TCB.snp + 1)],
    ids=[*OLDER, "newer"],
)
def test_a_version_that_the_certificate_is_not_for_is_refused(
    owner: LabOwner, machine: LabMachine, reported: TcbVersion
) -> None:
    """V09: the chip's key for one firmware signs the report of another."""
    with refused("ATT-106"):
        open_init(owner, report_of(machine, {altered.REPORTED_TCB: reported.encode()}))


@pytest.mark.attack("V09", refused=("ATT-115", "ATT-116"))
def test_a_product_line_whose_keys_leaked_is_refused() -> None:
    """V09: real Milan reports: no line of the owner's, and distrusted since a day that is named."""
    authentic = verified_report("oak-milan_oc_release")
    with refused("ATT-115", "ATT-116"):
        judge(authentic, replace(rules_for(authentic), minimum_tcb=FLOORS))
    with refused("ATT-116"):
        judge(authentic, rules_for(authentic))
    with refused("ATT-116"):
        judge(authentic, rules_for(authentic, until=AT.date() - timedelta(days=1)))


def test_a_distrusted_line_is_accepted_until_the_day_that_the_policy_names() -> None:
    """V09: explicitly, and with an end."""
    authentic = verified_report("oak-milan_oc_release")
    judge(authentic, rules_for(authentic, until=AT.date()))


@pytest.mark.twin("V09")
def test_twin_of_a_product_line_whose_keys_leaked(monkeypatch: pytest.MonkeyPatch) -> None:
    """V09: without the list, a floor is thought to be enough."""
    authentic = verified_report("oak-milan_oc_release")
    twins.load("V09").forget_leaks(monkeypatch)
    judge(authentic, rules_for(authentic))


@pytest.mark.twin("V09")
@pytest.mark.parametrize("component", OLDER)
def test_twin_of_firmware_below_the_floor(
    owner: LabOwner, machine: LabMachine, component: str
) -> None:
    """V09: a policy without floors takes old firmware, and firmware that can go back."""
    policy, old = twins.load("V09").policy(owner), OLDER[component]
    open_init(owner, firmware_of(machine, old), policy)
    for version in (altered.COMMITTED_TCB, altered.LAUNCH_TCB):
        open_init(owner, report_of(machine, {version: old.encode()}), policy)


@pytest.mark.attack("V14", refused="ATT-111")
@pytest.mark.parametrize("vmpl", [1, 2, 3])
def test_a_report_for_a_lower_privilege_level_is_refused(
    owner: LabOwner, machine: LabMachine, vmpl: int
) -> None:
    """V14: code under the guest's own kernel, or beside it, asked for the report."""
    with refused("ATT-111"):
        open_init(owner, report_of(machine, level(vmpl)))


@pytest.mark.twin("V14")
def test_twin_of_a_report_for_a_lower_privilege_level(owner: LabOwner, machine: LabMachine) -> None:
    """V14: a policy that wants reports of that level takes it."""
    open_init(owner, report_of(machine, level(2)), twins.load("V14").policy(owner, 2))


def level(vmpl: int) -> Mapping[int, bytes]:
    """The field of a report that says who asked."""
    return {altered.VMPL: vmpl.to_bytes(4, "little")}
