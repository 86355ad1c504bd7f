"""A genuine machine is refused where another one was made."""

from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from asterism.atls.purpose import Purpose, Role
from asterism.atls.verifier import StandardVerifier
from asterism.attestation.binding import Binding
from asterism.attestation.claims import AnonymousClaims, Claims, NodeClaims
from asterism.attestation.policy import Policy
from asterism.cluster.machine_verifier import MachineVerifier
from asterism.errors import AttestationError, ExitCode
from asterism.proto.session.v1.session_pb2 import Hello, Proof

DIGEST = bytes(range(32))


def verified(monkeypatch: pytest.MonkeyPatch, proven: Claims) -> Claims:
    """What the verifier says of a peer that has proven `proven`."""
    monkeypatch.setattr(StandardVerifier, "verify", lambda *_: proven)
    verifier = MachineVerifier(Mock(spec=Policy), None, "local-cp-1", DIGEST)
    binding = Binding(bytes(range(64)))
    return verifier.verify(Purpose.INIT, Role.LISTENER, Proof(), binding, Hello())


def node(slot: str, digest: bytes) -> NodeClaims:
    """A machine with this slot and initdata."""
    claims = Mock(spec=NodeClaims)
    claims.grant = SimpleNamespace(slot=slot)
    claims.initdata_digest = digest
    return claims


def test_the_pinned_machine_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its claims are passed on."""
    claims = node("local-cp-1", DIGEST)
    assert verified(monkeypatch, claims) is claims


@pytest.mark.parametrize(
    ("slot", "digest", "claim"),
    [("local-worker-1", DIGEST, "slot"), ("local-cp-1", bytes(32), "initdata")],
)
def test_another_genuine_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch, slot: str, digest: bytes, claim: str
) -> None:
    """Exit code 6, and what differs."""
    with pytest.raises(AttestationError, match="CLU-015") as caught:
        verified(monkeypatch, node(slot, digest))
    assert [mismatch.claim for mismatch in caught.value.mismatches] == [claim]
    assert caught.value.exit_code is ExitCode.ATTESTATION_REFUSED


def test_a_peer_without_evidence_is_left_to_the_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which proof a purpose wants is the session's rule, not this one's."""
    assert isinstance(verified(monkeypatch, AnonymousClaims()), AnonymousClaims)
