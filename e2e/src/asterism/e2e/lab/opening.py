"""The session in which an owner would make a cluster, with anything in the place of a machine."""

from asterism import clock
from asterism.atls.prover import Prover
from asterism.atls.verifier import StandardVerifier, Verifier
from asterism.attestation.binding import Binding
from asterism.attestation.claims import NodeClaims
from asterism.attestation.pcr15 import Pcr15Rule, Unbound
from asterism.attestation.policy import Policy
from asterism.attestation.verify import verify_evidence
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.sides import machines_side, owners_side
from asterism.e2e.lab.wire import meet
from asterism.proto.evidence.v1.evidence_pb2 import Evidence


def open_init(owner: LabOwner, prover: Prover, policy: Policy | None = None) -> None:
    """Open the session with `policy`, or the owner's own; raises what his side raises."""
    open_with(owner, StandardVerifier(policy=policy or owner.policy()), prover)


def open_with(owner: LabOwner, verifier: Verifier, prover: Prover) -> None:
    """As `open_init`, with a verifier of the test's own."""
    meet(owners_side(owner, verifier), machines_side(owner, prover)).close()


def shown_by(prover: Prover) -> tuple[Evidence, Binding]:
    """Evidence for a binder that is taken from nowhere: for what needs no session."""
    binding = Binding(clock.random_bytes(64))
    return prover.prove(binding).evidence, binding


def verified(
    owner: LabOwner, prover: Prover, *, policy: Policy | None = None, pcr15: Pcr15Rule | None = None
) -> NodeClaims:
    """What the machine's evidence proves to the owner."""
    evidence, binding = shown_by(prover)
    return verify_evidence(
        evidence,
        binding=binding,
        policy=policy or owner.policy(),
        pcr15=pcr15 or Unbound(),
        at=clock.now(),
    )
