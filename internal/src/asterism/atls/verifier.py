"""How this side checks the peer's proof: evidence against the policy, owners against a set."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol, assert_never

from typing_extensions import override

from asterism import clock
from asterism.atls.purpose import RULES, Pcr15, ProofKind, Purpose, Role
from asterism.attestation.binding import Binding
from asterism.attestation.claims import AnonymousClaims, Claims, NodeClaims, OwnerClaims
from asterism.attestation.pcr15 import Bound, Pcr15Rule, Unbound, UnboundOr
from asterism.attestation.policy import Policy
from asterism.attestation.verify import verify_evidence
from asterism.errors import AttestationError
from asterism.keys.owner import verify_proof
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.proto.session.v1.session_pb2 import Hello, OwnerProof, Proof


class Verifier(Protocol):
    """Checks one peer; called from several threads."""

    def verify(
        self, purpose: Purpose, role: Role, proof: Proof, binding: Binding, hello: Hello
    ) -> Claims:
        """What `proof` of the side `role` proves. AttestationError for anything less.

        `binding` is the value the proof must carry, `hello` what that side announced; the kind of
        the proof has been checked against the purpose.
        """


@dataclass(frozen=True, slots=True)
class StandardVerifier(Verifier):
    """The verifier of nodes and owners alike. What it was not given is refused, never skipped.

    `policy` is for peers that show evidence, `cluster_id` for those that must be its members,
    `owners` (Ed25519 public keys) for peers that sign.
    """

    policy: Policy | None = None
    cluster_id: bytes | None = None
    owners: Collection[bytes] = ()

    @override
    def verify(
        self, purpose: Purpose, role: Role, proof: Proof, binding: Binding, hello: Hello
    ) -> Claims:
        side = RULES[purpose].side(role)
        match side.proof:
            case ProofKind.EVIDENCE:
                rule = pcr15_rule(side.pcr15, self.cluster_id, hello.cluster_id)
                return self._verify_node(proof.evidence, binding, rule, hello.ak_name)
            case ProofKind.OWNER:
                return self._verify_owner(proof.owner, binding)
            case ProofKind.ANONYMOUS:
                return AnonymousClaims()
        assert_never(side.proof)

    def _verify_node(
        self, evidence: Evidence, binding: Binding, rule: Pcr15Rule, ak_name: bytes
    ) -> NodeClaims:
        if self.policy is None:
            raise _no_expectation("policy")
        claims = verify_evidence(
            evidence, binding=binding, policy=self.policy, pcr15=rule, at=clock.now()
        )
        if claims.ak_name != ak_name:
            raise AttestationError.of(
                "TLS-025",
                claim="attestation key",
                expected=ak_name.hex(),
                got=claims.ak_name.hex(),
                source="hello",
            )
        return claims

    def _verify_owner(self, proof: OwnerProof, binding: Binding) -> OwnerClaims:
        if not self.owners:
            raise _no_expectation("owner keys")
        if proof.public_key not in self.owners:
            raise AttestationError.of(
                "TLS-026",
                claim="owner key",
                expected=" or ".join(sorted(key.hex() for key in self.owners)),
                got=proof.public_key.hex(),
                source="initdata or genesis",
            )
        verify_proof(proof.public_key, proof.signature, binding.value)
        return OwnerClaims(proof.public_key)


def pcr15_rule(rule: Pcr15 | None, known: bytes | None, announced: bytes) -> Pcr15Rule:
    """The expectation for PCR 15: `known` is the verifier's cluster, `announced` the hello's."""
    match rule:
        case Pcr15.ZERO_OR_CLUSTER:
            return Unbound() if known is None else UnboundOr(known)
        case Pcr15.CLUSTER:
            if known is None:
                raise _no_expectation("cluster")
            return Bound(known)
        case Pcr15.SOME_CLUSTER:
            return Bound(announced if known is None else known)
        case None:
            raise _no_expectation("PCR 15")
    assert_never(rule)


def _no_expectation(what: str) -> AttestationError:
    return AttestationError.of(
        "TLS-027", claim=what, expected="an expectation", got="none", source="verifier"
    )
