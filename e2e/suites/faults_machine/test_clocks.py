"""Clocks that are wrong, on a node, on its host or on the owner's computer.

A cluster of one computer has one clock, so the times are put in where the parts ask for them.
"""

from datetime import datetime, timedelta

import pytest

from asterism import clock
from asterism.attestation.binding import Binding
from asterism.attestation.pcr15 import Unbound
from asterism.attestation.verify import verify_evidence
from asterism.bootstrapper.certificates import owner_user
from asterism.cluster.user_key import UserKey
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.keys.authority import Authority

HOUR = timedelta(hours=1)
DAYS = timedelta(days=2)
"""Emulated chips are certified from a day before they are launched."""


def certificate_of(user: UserKey, at: datetime) -> tuple[bytes, str]:
    """What a node whose clock says `at` issues to an owner, and its authority."""
    authority = Authority.create("users", at=at)
    pem = owner_user(authority, user.request, bytes(32), "owners", at)
    return pem, authority.certificate_pem.decode()


def test_a_node_whose_clock_is_right_is_believed() -> None:
    """The certificate is backdated a little, for clocks that differ by seconds."""
    user = UserKey()
    user.require_certificate(*certificate_of(user, clock.now() + timedelta(seconds=30)))


def test_a_node_whose_clock_is_ahead_is_told_apart_from_a_forger() -> None:
    """An hour ahead: nothing it issues is valid yet. The refusal names the clocks."""
    user = UserKey()
    with refused("DOC-017"):
        user.require_certificate(*certificate_of(user, clock.now() + HOUR))


def test_an_owner_whose_clock_is_behind_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same difference, seen from the other side."""
    user = UserKey()
    issued = certificate_of(user, clock.now())
    late = clock.now() - HOUR
    monkeypatch.setattr(clock, "now", lambda: late)
    with refused("DOC-017"):
        user.require_certificate(*issued)


@pytest.mark.tools
@pytest.mark.parametrize("off", [-HOUR, HOUR], ids=["behind", "ahead"])
def test_evidence_bears_an_hour_either_way(
    off: timedelta, owner: LabOwner, lab_machine: LabMachine
) -> None:
    """Certificates of hardware live for years: an hour more or less decides nothing."""
    verify(owner, lab_machine, clock.now() + off)


@pytest.mark.tools
def test_evidence_from_before_its_certificates_is_refused(
    owner: LabOwner, lab_machine: LabMachine
) -> None:
    """A verifier that lives days ago: ATT-105 says at which time it looked."""
    with refused("ATT-105"):
        verify(owner, lab_machine, clock.now() - DAYS)


def verify(owner: LabOwner, machine: LabMachine, at: datetime) -> None:
    """Verify fresh evidence at some time."""
    binding = Binding(clock.random_bytes(64))
    evidence = machine.prover.evidence(binding)
    verify_evidence(evidence, binding=binding, policy=owner.policy(), pcr15=Unbound(), at=at)
