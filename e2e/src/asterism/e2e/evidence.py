"""The evidence of a running node, taken in a session as `asterism cluster verify` opens it."""

from dataclasses import dataclass, field

from typing_extensions import override

from asterism.atls.prover import AnonymousProver
from asterism.atls.purpose import Purpose, Role
from asterism.atls.session import dial
from asterism.atls.verifier import StandardVerifier, Verifier
from asterism.attestation.binding import Binding
from asterism.attestation.claims import Claims
from asterism.cluster import pin
from asterism.cluster.home import OwnerHome
from asterism.config import network
from asterism.e2e import detour
from asterism.e2e.cluster import Cluster
from asterism.e2e.machine import Machine
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.proto.session.v1.session_pb2 import Hello, Proof

TIMEOUT = 10.0


@dataclass
class Taking(Verifier):
    """Verifies as usual and keeps what was shown."""

    usual: Verifier
    taken: list[tuple[Evidence, Binding]] = field(default_factory=list)

    @override
    def verify(
        self, purpose: Purpose, role: Role, proof: Proof, binding: Binding, hello: Hello
    ) -> Claims:
        self.taken.append((proof.evidence, binding))
        return self.usual.verify(purpose, role, proof, binding, hello)


def take(cluster: Cluster, machine: Machine) -> tuple[Evidence, Binding]:
    """Fresh evidence of `machine`, and the session's binder that it carries."""
    pinned = pin.require(OwnerHome.current(cluster.home.environment()), cluster.name)
    usual = StandardVerifier(policy=pinned.opened_policy(), cluster_id=pinned.cluster_id)
    verifier = Taking(usual)
    session = dial(
        (detour.ADDRESS, detour.relay_port(cluster)),
        Purpose.VERIFY,
        AnonymousProver(),
        verifier,
        server_name=network.attest_server_name(machine.name),
        timeout=TIMEOUT,
    )
    session.close()
    return verifier.taken[0]
