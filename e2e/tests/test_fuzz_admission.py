"""Joins in any order, honest and not: one slot, one machine, one place, for good."""

from dataclasses import dataclass, field

import hypothesis
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from asterism.attestation.grant import Grant, Role
from asterism.bootstrapper.assignment import Assignment
from asterism.bootstrapper.trust.admission import Applicant, admit
from asterism.bootstrapper.trust.ledger import Ledger
from asterism.config import network
from asterism.errors import AttestationError

CLUSTER = "local"
NONCE = bytes(range(32))
OTHER_NONCE = bytes(range(1, 33))
SLOTS = [f"local-worker-{number}" for number in range(1, 5)]
WORKERS = frozenset({Role.WORKER})

machines = st.integers(0, 5).map(lambda number: bytes((number,)) * 31 + b"x")
slots = st.sampled_from(SLOTS)
hosts = st.integers(1, 254)


@dataclass
class Model:
    """What a cluster promises: who holds which slot, and the place that was given once."""

    holders: dict[str, bytes] = field(default_factory=dict)
    places: dict[str, Assignment] = field(default_factory=dict)

    def refusals(self, applicant: Applicant) -> set[str]:
        """The IDs that this applicant must be refused for; empty if it must be admitted."""
        grant, platform = applicant.grant, applicant.platform
        held = {holder: slot for slot, holder in self.holders.items()}
        broken = {
            "JOI-001": grant.cluster != CLUSTER,
            "JOI-002": grant.nonce != NONCE,
            "JOI-004": self.holders.get(grant.slot, platform) != platform,
            "JOI-005": held.get(platform, grant.slot) != grant.slot,
            "JOI-006": grant.role not in WORKERS,
        }
        return {error_id for error_id, holds in broken.items() if holds}


class Admission(RuleBasedStateMachine):
    """The ledger after every join, beside a model of what it should say."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger(bytes(range(32, 64)), NONCE)
        self.model = Model()

    @rule(machine=machines, slot=slots, host=hosts)
    def join_with_a_good_grant(self, machine: bytes, slot: str, host: int) -> None:
        """A grant of this creation, perhaps one that another machine has used."""
        self._apply(Grant(CLUSTER, NONCE, slot, Role.WORKER), machine, host)

    @rule(
        machine=machines,
        slot=slots,
        cluster=st.sampled_from([CLUSTER, "other"]),
        nonce=st.sampled_from([NONCE, OTHER_NONCE, b""]),
        role=st.sampled_from(Role),
    )
    def join_with_any_grant(
        self, machine: bytes, slot: str, cluster: str, nonce: bytes, role: Role
    ) -> None:
        """Of an earlier creation, of another cluster, for another role."""
        self._apply(Grant(cluster, nonce, slot, role), machine, 12)

    @rule()
    def restart(self) -> None:
        """The trust service reads its ledger from the disk again."""
        self.ledger = Ledger.from_json(self.ledger.to_json())

    def _apply(self, grant: Grant, machine: bytes, host: int) -> None:
        applicant = Applicant(
            grant, machine, b"chip", True, network.UNDERLAY[host], network.ATTEST_PORT
        )
        expected, before = self.model.refusals(applicant), self.ledger
        if expected:
            with pytest.raises(AttestationError) as refusal:
                admit(before, applicant, cluster=CLUSTER, roles=WORKERS)
            assert {item.error_id for item in refusal.value.mismatches} == expected
            return
        self.ledger, member = admit(before, applicant, cluster=CLUSTER, roles=WORKERS)
        assert member.peer.underlay_address == network.UNDERLAY[host]
        self.model.holders[grant.slot] = machine
        place = self.model.places.setdefault(grant.slot, member.assignment)
        assert place == member.assignment

    @invariant()
    def the_ledger_says_what_the_model_says(self) -> None:
        """No more, no less."""
        assert {m.name: m.platform for m in self.ledger.members} == self.model.holders
        assert {m.name: m.assignment for m in self.ledger.members} == self.model.places

    @invariant()
    def nothing_is_given_twice(self) -> None:
        """Names, machines, addresses and pod ranges are one to one."""
        places = [member.assignment for member in self.ledger.members]
        for values in (
            [place.name for place in places],
            [place.mesh_address for place in places],
            [place.pod_range for place in places],
            [member.platform for member in self.ledger.members],
        ):
            assert len(set(values)) == len(values)


TestAdmission = Admission.TestCase
TestAdmission.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)  # fmt: skip
