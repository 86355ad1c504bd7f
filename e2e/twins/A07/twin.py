"""A07, replayed evidence. Taken away: the binding is this session's, not what the evidence says."""

from dataclasses import dataclass

from typing_extensions import override

from asterism import clock
from asterism.atls.purpose import Purpose, Role
from asterism.atls.verifier import Verifier
from asterism.attestation.binding import Binding
from asterism.attestation.claims import Claims
from asterism.attestation.pcr15 import Unbound
from asterism.attestation.policy import Policy
from asterism.attestation.verify import verify_evidence
from asterism.proto.session.v1.session_pb2 import Hello, Proof

REPORT_DATA = slice(0x50, 0x90)


@dataclass(frozen=True)
class LaxVerifier(Verifier):
    """Checks evidence against the binding that it carries, whatever that is."""

    policy: Policy

    @override
    def verify(
        self, purpose: Purpose, role: Role, proof: Proof, binding: Binding, hello: Hello
    ) -> Claims:
        carried = Binding(proof.evidence.snp.report[REPORT_DATA])
        return verify_evidence(
            proof.evidence, binding=carried, policy=self.policy, pcr15=Unbound(), at=clock.now()
        )
