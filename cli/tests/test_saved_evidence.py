"""Saved evidence: read back to the byte, refused if anything else, verified as of its time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism import clock
from asterism.attestation.binding import Binding
from asterism.attestation.claims import NodeClaims
from asterism.attestation.grant import Role
from asterism.cluster import reverify
from asterism.cluster.pin import Pin
from asterism.cluster.saved_evidence import MachineEvidence, SavedEvidence
from asterism.errors import AttestationError, UserError
from asterism.proto.evidence.v1.evidence_pb2 import Evidence

CLUSTER = bytes(range(32))
DIGEST = bytes(range(1, 33))
AT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
MACHINE = MachineEvidence(
    "local-cp-1", AT, Binding(bytes(range(64))), bytes(range(34)), Evidence(initdata=b"{}")
)
SAVED = SavedEvidence("local", CLUSTER, (MACHINE, replace(MACHINE, machine="local-worker-1")))


def test_a_file_is_read_back() -> None:
    """Head and one line for each machine, nothing lost."""
    data = SAVED.encode()
    assert len(data.splitlines()) == 3
    assert SavedEvidence.decode(data, "file") == SAVED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"{}\n",
        b"not json",
        b"\xff\xfe",
        SAVED.encode().replace(b"ClusterEvidence", b"Cluster"),
        SAVED.encode().replace(b'"at":"2026', b'"at":"x026'),
        SAVED.encode().replace(b'"binding":"00', b'"binding":"'),
        SAVED.encode().replace(b'"evidence":"', b'"evidence":"zz'),
        SAVED.encode().replace(b'"evidence":"', b'"evidence":"ff'),
        SAVED.encode().replace(b'"machine"', b'"maschine"'),
        SAVED.encode() + b"[]\n",
    ],
)
def test_what_was_not_saved_is_refused(data: bytes) -> None:
    """By one ID, whatever is wrong with it."""
    with pytest.raises(UserError, match="FIL-006"):
        SavedEvidence.decode(data, "file")


@given(st.binary(max_size=200), st.integers(0, len(SAVED.encode())))
def test_garbage_anywhere_is_our_error(garbage: bytes, place: int) -> None:
    """No parser's own exception escapes."""
    data = SAVED.encode()
    try:
        SavedEvidence.decode(data[:place] + garbage + data[place + len(garbage) :], "file")
    except UserError as exc:
        refused_by = exc.error_id
    else:
        refused_by = "FIL-006"
    assert refused_by == "FIL-006"


@pytest.fixture
def pin() -> Any:
    """A pin of the same two machines."""
    return Mock(
        spec=Pin,
        cluster="local",
        cluster_id=CLUSTER,
        machines=dict.fromkeys(("local-cp-1", "local-worker-1"), DIGEST),
        initdata_digest=lambda _: DIGEST,
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What verification was asked for; each machine's evidence is taken for genuine."""
    questions: list[Any] = []

    def accept(evidence: Evidence, **expected: Any) -> NodeClaims:
        questions.append((evidence, expected))
        slot = ("local-cp-1", "local-worker-1")[len(questions) - 1]
        claims = Mock(spec=NodeClaims, ak_name=MACHINE.ak_name, initdata_digest=DIGEST)
        claims.grant = SimpleNamespace(slot=slot, role=Role.WORKER)
        return claims

    monkeypatch.setattr(reverify, "verify_evidence", accept)
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=1))
    return questions


def test_each_machine_is_verified_against_the_pin_as_of_then(pin: Any, asked: list[Any]) -> None:
    """With the file's binder, the pin's policy and cluster, at the time that the file states."""
    found = reverify.reverify(SAVED, pin)
    assert [node.name for node in found.nodes] == ["local-cp-1", "local-worker-1"]
    for _, expected in asked:
        assert expected["binding"] == MACHINE.binding
        assert expected["policy"] == pin.opened_policy()
        assert expected["pcr15"].cluster_id == CLUSTER
        assert expected["at"] == AT


@pytest.mark.parametrize(
    ("changed", "error_id"),
    [
        (replace(SAVED, cluster_id=bytes(range(2, 34))), "CLU-006"),
        (replace(SAVED, machines=SAVED.machines[:1]), "EVD-001"),
        (replace(SAVED, machines=()), "EVD-001"),
        (replace(SAVED, machines=(MACHINE, MACHINE, *SAVED.machines[1:])), "EVD-001"),
        (replace(SAVED, machines=SAVED.machines[::-1]), "CLU-015"),
        (
            replace(SAVED, machines=(replace(MACHINE, ak_name=bytes(34)), *SAVED.machines[1:])),
            "TLS-025",
        ),
        (
            replace(
                SAVED, machines=(replace(MACHINE, at=AT + timedelta(days=2)), *SAVED.machines[1:])
            ),
            "EVD-002",
        ),
    ],
)
def test_what_does_not_fit_the_pin_is_refused(
    changed: SavedEvidence, error_id: str, pin: Any, asked: list[Any]
) -> None:
    """Another cluster, machines that are missing, doubled or exchanged, another key, the future."""
    del asked
    with pytest.raises(AttestationError) as caught:
        reverify.reverify(changed, pin)
    assert caught.value.error_id == error_id
