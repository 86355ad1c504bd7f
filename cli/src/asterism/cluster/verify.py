"""`cluster verify`: attests every machine anew and compares all with the owner's pin."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from asterism.atls.purpose import Purpose
from asterism.attestation.claims import NodeClaims
from asterism.cluster import session
from asterism.cluster.events import Watcher, step
from asterism.cluster.pin import Pin
from asterism.cluster.state import ClusterState
from asterism.errors import AttestationError

TIMEOUT = 10.0
PARALLEL = 8


@dataclass(frozen=True, slots=True)
class VerifiedNode:
    """One machine that has just proven itself."""

    name: str
    role: str
    version: str
    claims: NodeClaims


def verify(record: ClusterState, pin: Pin, watch: Watcher) -> list[VerifiedNode]:
    """Verify all machines of the cluster, several at once.

    Every session is bound to its own TLS channel; the first refusal is raised, with all that
    differed. The pin is required: without it nothing could be said about *which* cluster this is.
    """
    pin.opened_genesis()
    names = [machine.name for machine in record.machines]
    with ThreadPoolExecutor(min(PARALLEL, len(names))) as pool:
        return list(pool.map(lambda name: _verify(record, pin, name, watch), names))


def _verify(record: ClusterState, pin: Pin, name: str, watch: Watcher) -> VerifiedNode:
    from asterism.proto.admin.v1.admin_pb2 import DescribeRequest
    from asterism.proto.admin.v1.admin_pb2_grpc import VerifyStub

    with (
        step(watch, f"verify/{name}", f"Attest {name}") as running,
        session.channel(record.relay_port, pin, name, Purpose.VERIFY, None) as (channel, claims),
    ):
        answer = VerifyStub(channel).Describe(DescribeRequest(), timeout=TIMEOUT)  # type: ignore[no-untyped-call]
        pin.require_genesis(answer.genesis)
        _require_name(name, answer.node)
        running.text = f"measurement {claims.node.measurement.hex()[:16]}"
        return VerifiedNode(name, claims.node.grant.role.value, answer.version, claims.node)


def _require_name(expected: str, got: str) -> None:
    if got != expected:
        raise AttestationError.of(
            "CLU-015", claim="node name", expected=expected, got=got, source="the owner's pin"
        )


def labels(nodes: Sequence[VerifiedNode]) -> list[str]:
    """The labels of all nodes together."""
    return sorted({label for node in nodes for label in node.claims.labels})
