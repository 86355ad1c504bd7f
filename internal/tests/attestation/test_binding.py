"""Expectations that cannot be empty, by type."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.attestation.binding import Binding
from asterism.attestation.pcr15 import Bound, Unbound, UnboundOr
from asterism.errors import AttestationError
from asterism.keys.genesis import cluster_pcr15

CLUSTER = bytes(range(32))


@pytest.mark.parametrize(
    "value",
    [b"", bytes(64), b"\xff" * 64, bytes(range(63)), bytes(range(65)), None, "x" * 64, 0],
    ids=repr,
)
def test_useless_bindings_cannot_be_made(value: Any) -> None:
    """Empty, short, long, constant or no bytes at all: ATT-001 (A04)."""
    with pytest.raises(AttestationError, match="ATT-001"):
        Binding(value)


@given(st.binary(min_size=64, max_size=64).filter(lambda value: len(set(value)) > 1))
def test_quote_carries_the_hash_of_the_binding(value: bytes) -> None:
    """SNP takes all 64 bytes, the TPM their SHA-256."""
    assert Binding(value).qualifying_data == hashlib.sha256(value).digest()


@pytest.mark.parametrize("rule", [Bound, UnboundOr])
@pytest.mark.parametrize("cluster_id", [b"", bytes(32), bytes(range(31)), bytes(range(33))])
def test_rules_need_a_cluster(rule: Any, cluster_id: bytes) -> None:
    """A rule without a usable cluster ID is no rule: DOC-007."""
    with pytest.raises(AttestationError, match="DOC-007"):
        rule(cluster_id)


def test_rules_allow_what_they_say() -> None:
    """Zero, the cluster's value, or either."""
    value = cluster_pcr15(CLUSTER)
    assert Unbound().allowed() == (bytes(32),)
    assert Bound(CLUSTER).allowed() == (value,)
    assert UnboundOr(CLUSTER).allowed() == (bytes(32), value)
