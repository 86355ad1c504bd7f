"""How long verification takes. Figures are of two noisy cores; the budget is the design's."""

import time
from datetime import UTC, datetime
from statistics import median
from typing import Any

import pytest

from asterism.attestation.pcr15 import Unbound
from asterism.attestation.verify import verify_evidence

BUDGET_SECONDS = 0.002
ROUNDS = 300


@pytest.mark.slow
def test_evidence_is_verified_within_two_milliseconds(world: Any) -> None:
    """Median over many rounds, chains known, as in a running cluster."""
    evidence, at = world.machine.evidence(world.binding), datetime(2026, 11, 23, tzinfo=UTC)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        verify_evidence(
            evidence, binding=world.binding, policy=world.policy, pcr15=Unbound(), at=at
        )
        times.append(time.perf_counter() - start)
    assert median(times) <= BUDGET_SECONDS
