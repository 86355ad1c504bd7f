"""`cluster verify --save` and `--evidence`: the same proof, later, without the cluster."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from asterism.attestation.binding import Binding
from asterism.cluster.saved_evidence import MachineEvidence, SavedEvidence
from asterism.e2e.cluster import Cluster
from asterism.e2e.home import Home
from asterism.errors import ExitCode
from asterism.proto.evidence.v1.evidence_pb2 import Evidence

pytestmark = [pytest.mark.cluster, pytest.mark.root]


@pytest.fixture(scope="module")
def saved(_shared_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the machines of the shared cluster have just shown."""
    file = tmp_path_factory.mktemp("evidence") / "evidence.jsonl"
    _shared_cluster.asterism("cluster", "verify", _shared_cluster.name, "--save", str(file))
    return file


def reverify(home: Home, file: Path) -> Any:
    """The answer of `verify --evidence`, where nothing of the cluster can be reached."""
    done = home.asterism("cluster", "verify", "--evidence", file, "-o", "json")
    return json.loads(done.text)


def test_saved_evidence_proves_the_same_claims(
    confidential_cluster: Cluster, saved: Path, asterism_home: Home
) -> None:
    """Every claim but the time, and it says that the session is past."""
    name = confidential_cluster.name
    fresh = json.loads(confidential_cluster.asterism("cluster", "verify", name, "-o", "json"))
    past = reverify(asterism_home, saved)
    assert past["source"] == "evidence"
    assert any("past session" in risk for risk in past["residualRisks"])
    assert lasting_claims(past) == lasting_claims(fresh)


def lasting_claims(verification: Any) -> Any:
    """Claims by node, without the one that differs from session to session."""
    return {
        node["name"]: [item for item in node["claims"] if item["claim"] != "verified at"]
        for node in verification["nodes"]
    }


def test_people_are_told_that_it_is_past(saved: Path, asterism_home: Home) -> None:
    """In the first line, and under what it cannot prove."""
    shown = asterism_home.asterism("cluster", "verify", "--evidence", saved).text
    assert "a past session only" in shown.splitlines()[0]
    assert "says nothing about the machines since then" in shown


def first(saved: SavedEvidence, **changes: Any) -> SavedEvidence:
    """The same with something of its first machine changed."""
    return replace(saved, machines=(replace(saved.machines[0], **changes), *saved.machines[1:]))


def flipped(data: bytes, place: int) -> bytes:
    """One bit changed."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def with_report(shown: MachineEvidence, place: int) -> Evidence:
    """The evidence with one bit of the SNP report changed."""
    changed = Evidence.FromString(shown.evidence.SerializeToString())
    changed.snp.report = flipped(changed.snp.report, place)
    return changed


MEASUREMENT = 0x90
FORGERIES: dict[str, Callable[[SavedEvidence], SavedEvidence]] = {
    "ATT-002": lambda s: first(s, binding=Binding(flipped(s.machines[0].binding.value, 0))),
    "ATT-108": lambda s: first(s, evidence=with_report(s.machines[0], MEASUREMENT)),
    "CLU-015": lambda s: first(s, evidence=s.machines[1].evidence, binding=s.machines[1].binding,
                               ak_name=s.machines[1].ak_name),
    "CLU-006": lambda s: replace(s, cluster_id=flipped(s.cluster_id, 0)),
    "EVD-001": lambda s: replace(s, machines=s.machines[:1]),
    "EVD-002": lambda s: first(s, at=s.machines[0].at + timedelta(days=1)),
    "TLS-025": lambda s: first(s, ak_name=s.machines[1].ak_name),
}  # fmt: skip


@pytest.mark.parametrize("error_id", FORGERIES)
def test_a_changed_file_is_refused_as_a_session_would_be(
    error_id: str, saved: Path, asterism_home: Home, tmp_path: Path
) -> None:
    """Exit code 6 with the very ID; `test_saved_evidence_proves_the_same_claims` is the twin."""
    file = tmp_path / "forged"
    file.write_bytes(FORGERIES[error_id](SavedEvidence.read(saved)).encode())
    done = asterism_home.asterism("cluster", "verify", "--evidence", file, check=False)
    assert done.returncode == ExitCode.ATTESTATION_REFUSED
    assert f"[{error_id}]" in done.stderr.decode()
    assert not done.stdout


def test_somebody_without_the_pin_can_say_nothing(saved: Path, tmp_path: Path) -> None:
    """A missing expectation is a refusal."""
    stranger = Home.make(tmp_path / "stranger")
    done = stranger.asterism("cluster", "verify", "--evidence", saved, check=False)
    assert done.returncode == ExitCode.ATTESTATION_REFUSED
    assert b"CLU-005" in done.stderr
