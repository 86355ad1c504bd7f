"""`cluster verify --evidence`: saved evidence against the owner's pin, without any machine.

The refusals are those of a session. What a session adds is missing: that the machine is there now.
"""

from collections.abc import Sequence

from asterism import clock
from asterism.attestation.claims import NodeClaims
from asterism.attestation.pcr15 import Bound
from asterism.attestation.verify import verify_evidence
from asterism.cluster.machine_verifier import require_machine
from asterism.cluster.pin import Pin
from asterism.cluster.saved_evidence import MachineEvidence, SavedEvidence
from asterism.cluster.verify import Verification, VerifiedNode
from asterism.errors import AttestationError


def reverify(saved: SavedEvidence, pin: Pin) -> Verification:
    """What `saved` proves about the pinned cluster, as of the times that it states.

    AttestationError CLU-006 for another cluster, EVD-001 unless every pinned machine is in it,
    EVD-002 for a time to come, and every refusal of `verify_evidence`.
    """
    _require("CLU-006", "cluster ID", pin.cluster_id.hex(), saved.cluster_id.hex())
    _require("EVD-001", "machines", _names(list(pin.machines)), _names(_machines(saved)))
    nodes = tuple(_reverify(shown, pin) for shown in saved.machines)
    return Verification(nodes, saved)


def _reverify(shown: MachineEvidence, pin: Pin) -> VerifiedNode:
    now = clock.now()
    if shown.at > now:
        raise _refused("EVD-002", "time", f"until {now:%FT%TZ}", f"{shown.at:%FT%TZ}", "clock")
    claims = verify_evidence(
        shown.evidence,
        binding=shown.binding,
        policy=pin.opened_policy(),
        pcr15=Bound(pin.cluster_id),
        at=shown.at,
    )
    if claims.ak_name != shown.ak_name:
        key, got = shown.ak_name.hex(), claims.ak_name.hex()
        raise _refused("TLS-025", "attestation key", key, got, "hello")
    require_machine(claims, shown.machine, pin.initdata_digest(shown.machine))
    return _node(shown.machine, claims)


def _node(name: str, claims: NodeClaims) -> VerifiedNode:
    return VerifiedNode(name, claims.grant.role.value, "", claims)


def _machines(saved: SavedEvidence) -> list[str]:
    return [shown.machine for shown in saved.machines]


def _names(machines: Sequence[str]) -> str:
    return ", ".join(sorted(machines)) or "none"


def _require(error_id: str, claim: str, expected: str, got: str) -> None:
    if expected != got:
        raise _refused(error_id, claim, expected, got, "the owner's pin")


def _refused(error_id: str, claim: str, expected: str, got: str, source: str) -> AttestationError:
    return AttestationError.of(error_id, claim=claim, expected=expected, got=got, source=source)
