"""`cluster verify`: attests every machine anew and compares all with the owner's pin."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from asterism.atls.purpose import Purpose
from asterism.attestation.binding import Binding
from asterism.attestation.claims import NodeClaims
from asterism.cluster import session
from asterism.cluster.events import Watcher, step
from asterism.cluster.pin import Pin
from asterism.cluster.saved_evidence import MachineEvidence, SavedEvidence
from asterism.cluster.state import ClusterState
from asterism.errors import AttestationError
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.proto.session.v1.session_pb2 import Hello, Proof

TIMEOUT = 10.0
PARALLEL = 8


@dataclass(frozen=True, slots=True)
class VerifiedNode:
    """One machine that has proven itself."""

    name: str
    role: str
    version: str
    """What the machine says that it runs; empty where only its evidence is at hand."""
    claims: NodeClaims


@dataclass(frozen=True, slots=True)
class Verification:
    """All machines of a cluster, and what they have shown."""

    nodes: tuple[VerifiedNode, ...]
    evidence: SavedEvidence

    @property
    def labels(self) -> list[str]:
        """The labels of all nodes together."""
        return sorted({label for node in self.nodes for label in node.claims.labels})


def verify(record: ClusterState, pin: Pin, watch: Watcher) -> Verification:
    """Verify all machines of the cluster, several at once.

    Every session is bound to its own TLS channel; the first refusal is raised, with all that
    differed. The pin is required: without it nothing could be said about *which* cluster this is.
    """
    pin.opened_genesis()
    names = [machine.name for machine in record.machines]
    with ThreadPoolExecutor(min(PARALLEL, len(names))) as pool:
        found = list(pool.map(lambda name: _verify(record, pin, name, watch), names))
    shown = tuple(evidence for _, evidence in found)
    return Verification(
        tuple(node for node, _ in found), SavedEvidence(record.name, pin.cluster_id, shown)
    )


class _Shown:
    """Remembers the evidence of one session."""

    def __init__(self) -> None:
        self.binding: Binding
        self.ak_name = b""
        self.evidence = Evidence()

    def __call__(self, proof: Proof, binding: Binding, hello: Hello) -> None:
        self.binding, self.ak_name, self.evidence = binding, hello.ak_name, proof.evidence


def _verify(
    record: ClusterState, pin: Pin, name: str, watch: Watcher
) -> tuple[VerifiedNode, MachineEvidence]:
    from asterism.proto.admin.v1.admin_pb2 import DescribeRequest
    from asterism.proto.admin.v1.admin_pb2_grpc import VerifyStub

    shown, port = _Shown(), record.relay_port
    with (
        step(watch, f"verify/{name}", f"Attest {name}") as running,
        session.channel(port, pin, name, Purpose.VERIFY, None, witness=shown) as (channel, claims),
    ):
        answer = VerifyStub(channel).Describe(DescribeRequest(), timeout=TIMEOUT)  # type: ignore[no-untyped-call]
        pin.require_genesis(answer.genesis)
        _require_name(name, answer.node)
        running.text = f"measurement {claims.node.measurement.hex()[:16]}"
        node = VerifiedNode(name, claims.node.grant.role.value, answer.version, claims.node)
        at = claims.node.verified_at.replace(microsecond=0)
        return node, MachineEvidence(name, at, shown.binding, shown.ak_name, shown.evidence)


def _require_name(expected: str, got: str) -> None:
    if got != expected:
        raise AttestationError.of(
            "CLU-015", claim="node name", expected=expected, got=got, source="the owner's pin"
        )
