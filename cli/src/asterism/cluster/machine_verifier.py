"""Verifies one machine of a cluster: genuine, and the very one that was made for that place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from typing_extensions import override

from asterism.atls.purpose import Purpose, Role
from asterism.atls.verifier import StandardVerifier, Verifier
from asterism.attestation.binding import Binding
from asterism.attestation.claims import Claims, NodeClaims
from asterism.attestation.policy import Policy
from asterism.errors import AttestationError, Mismatch
from asterism.proto.session.v1.session_pb2 import Hello, Proof

Witness: TypeAlias = Callable[[Proof, Binding, Hello], None]


@dataclass(frozen=True, slots=True)
class MachineVerifier(Verifier):
    """What `StandardVerifier` checks, and the machine's initdata and slot.

    Without these two, any genuine machine of the cluster could answer for any other.
    """

    policy: Policy
    cluster_id: bytes | None
    """None before there is a cluster; then PCR 15 must be zero."""
    slot: str
    initdata_digest: bytes
    """32 bytes, from the owner's pin."""
    witness: Witness | None = None
    """Told of what was accepted."""

    @override
    def verify(
        self, purpose: Purpose, role: Role, proof: Proof, binding: Binding, hello: Hello
    ) -> Claims:
        standard = StandardVerifier(policy=self.policy, cluster_id=self.cluster_id)
        claims = standard.verify(purpose, role, proof, binding, hello)
        if isinstance(claims, NodeClaims):
            require_machine(claims, self.slot, self.initdata_digest)
        if self.witness is not None:
            self.witness(proof, binding, hello)
        return claims


def require_machine(claims: NodeClaims, slot: str, initdata_digest: bytes) -> None:
    """AttestationError CLU-015 unless `claims` are of the machine made for `slot`."""
    pinned = "the owner's pin"
    checks = (
        ("initdata", initdata_digest.hex(), claims.initdata_digest.hex()),
        ("slot", slot, claims.grant.slot),
    )
    found = [
        Mismatch("CLU-015", claim, expected, got, pinned)
        for claim, expected, got in checks
        if expected != got
    ]
    if found:
        raise AttestationError(found)
