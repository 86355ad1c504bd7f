"""Who is admitted, and what a second attempt gets."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from asterism.attestation.grant import Role
from asterism.bootstrapper.trust.admission import Applicant, admit, platform_identity
from asterism.bootstrapper.trust.ledger import Ledger, Member
from asterism.errors import AttestationError, UserError

WORKERS = frozenset({Role.WORKER})


def admitted(ledger: Ledger, applicant: Applicant) -> tuple[Ledger, Member]:
    return admit(ledger, applicant, cluster="local", roles=WORKERS)


def refused(ledger: Ledger, applicant: Applicant) -> list[str]:
    with pytest.raises(AttestationError) as caught:
        admitted(ledger, applicant)
    return [mismatch.error_id for mismatch in caught.value.mismatches]


def test_a_granted_worker_gets_the_next_place(ledger: Ledger, applicant: Applicant) -> None:
    """Name and role come from the grant, address and range are the first free ones."""
    after, member = admitted(ledger, applicant)
    own = member.assignment
    assert (own.name, own.role, own.generation) == ("local-worker-1", Role.WORKER, 1)
    assert own.mesh_address == IPv4Address("10.211.0.2")
    assert own.pod_range == IPv4Network("10.212.1.0/24")
    assert after.by_name("local-worker-1") == member


def test_the_same_machine_gets_the_same_place_again(ledger: Ledger, applicant: Applicant) -> None:
    """A resumed join changes the routing hint only."""
    after, first = admitted(ledger, applicant)
    moved = replace(applicant, underlay_address=IPv4Address("10.210.0.99"))
    again, second = admitted(after, moved)
    assert second.assignment == first.assignment
    assert second.peer.underlay_address == IPv4Address("10.210.0.99")
    assert len(again.members) == len(after.members)


def test_a_used_grant_admits_no_other_machine(ledger: Ledger, applicant: Applicant) -> None:
    """Single use: the slot is bound to the platform that took it."""
    after, _ = admitted(ledger, applicant)
    assert refused(after, replace(applicant, platform=b"r" * 32)) == ["JOI-004"]


def test_a_machine_takes_one_slot_only(ledger: Ledger, applicant: Applicant) -> None:
    """A second grant does not give a member a second name."""
    after, _ = admitted(ledger, applicant)
    other = replace(applicant, grant=replace(applicant.grant, slot="local-worker-2"))
    assert refused(after, other) == ["JOI-005"]


def test_the_control_planes_slot_cannot_be_taken(ledger: Ledger, applicant: Applicant) -> None:
    """Neither by name nor with its role."""
    grant = replace(applicant.grant, slot="local-cp-1", role=Role.CONTROL_PLANE)
    assert refused(ledger, replace(applicant, grant=grant)) == ["JOI-006", "JOI-004"]


@pytest.mark.parametrize(
    ("change", "error_id"),
    [({"cluster": "other"}, "JOI-001"), ({"nonce": b"n" * 32}, "JOI-002")],
)
def test_a_grant_of_elsewhere_is_refused(
    ledger: Ledger, applicant: Applicant, change: dict[str, object], error_id: str
) -> None:
    """Another cluster's name, or another creation of the same name."""
    grant = replace(applicant.grant, **change)  # type: ignore[arg-type]
    assert refused(ledger, replace(applicant, grant=grant)) == [error_id]


def test_an_empty_nonce_is_no_expectation(ledger: Ledger, applicant: Applicant) -> None:
    """A ledger without a nonce admits nobody, even a grant that has none either."""
    empty = replace(ledger, nonce=b"")
    grant = replace(applicant.grant, nonce=b"")
    assert refused(empty, replace(applicant, grant=grant)) == ["JOI-002"]


def test_every_broken_rule_is_named(ledger: Ledger, applicant: Applicant) -> None:
    """A refusal carries all mismatches."""
    grant = replace(applicant.grant, cluster="other", nonce=b"n" * 32, role=Role.CONTROL_PLANE)
    assert refused(ledger, replace(applicant, grant=grant)) == ["JOI-001", "JOI-002", "JOI-006"]


def test_places_run_out(ledger: Ledger, applicant: Applicant) -> None:
    """The 255th machine is told so."""
    full = ledger
    for number in range(2, 255):
        one = replace(
            applicant,
            grant=replace(applicant.grant, slot=f"w-{number}"),
            platform=number.to_bytes(32, "big"),
        )
        full, _ = admitted(full, one)
    with pytest.raises(UserError, match="JOI-007"):
        admitted(full, applicant)


@pytest.mark.parametrize(
    ("chip", "ek", "ak"),
    [
        (b"", b"e" * 31 + b"f", b"ak"),
        (bytes(64), b"ef", b"ak"),
        (b"ab", b"", b"ak"),
        (b"ab", b"ef", b""),
    ],
)
def test_a_platform_without_identity_is_refused(chip: bytes, ek: bytes, ak: bytes) -> None:
    """An empty or masked chip ID, or no TPM key, names no machine."""
    with pytest.raises(AttestationError, match="JOI-009"):
        platform_identity(chip, ek, ak)


def test_chip_and_tpm_keys_make_the_identity() -> None:
    """Machines of one host share the chip; their TPMs' keys differ."""
    identity = platform_identity(b"chip", b"ek-1", b"ak")
    assert identity != platform_identity(b"chip", b"ek-2", b"ak")
    assert platform_identity(b"ab", b"cd", b"ef") != platform_identity(b"abc", b"de", b"f2")


def test_a_borrowed_endorsement_certificate_does_not_open_a_used_grant(
    ledger: Ledger, applicant: Applicant
) -> None:
    """The certificate is public and proves nothing alone: another attestation key, JOI-004."""
    first = replace(applicant, platform=platform_identity(b"chip", b"ek", b"ak-1"))
    after, _ = admitted(ledger, first)
    clone = replace(applicant, platform=platform_identity(b"chip", b"ek", b"ak-2"))
    assert refused(after, clone) == ["JOI-004"]
