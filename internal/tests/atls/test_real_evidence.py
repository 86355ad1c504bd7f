"""Sessions with evidence in the real formats, down to the last signature, and the real verifier."""
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import hashlib
import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from typing_extensions import override

from asterism import clock
from asterism.atls.prover import AnonymousProver, OwnerProver, Prover
from asterism.atls.purpose import RULES, Pcr15, ProofKind, Purpose, Role
from asterism.atls.session import Session, Terms
from asterism.atls.verifier import StandardVerifier
from asterism.attestation.binding import Binding
from asterism.errors import AttestationError, PeerRefusedError
from asterism.proto.session.v1.session_pb2 import Anonymous, Hello, Proof

_PATH = Path(__file__).parents[1] / "attestation" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("attestation_world", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
attestation: Any = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = attestation  # dataclasses look their module up
_SPEC.loader.exec_module(attestation)

CLUSTER = hashlib.sha256(b"this cluster").digest()
OTHER = hashlib.sha256(b"another cluster").digest()


class Node(Prover):
    """A machine that proves itself."""

    def __init__(self, machine: Any) -> None:
        self.machine = machine

    @property
    @override
    def ak_name(self) -> bytes:
        return bytes(self.machine.ak_public().name())

    @override
    def prove(self, binding: Binding) -> Proof:
        return Proof(evidence=self.machine.evidence(binding))


@pytest.fixture(scope="module")
def maker() -> Any:
    """One maker of chips for all."""
    return attestation.Maker("EMULATED by the tests")


@pytest.fixture
def world(maker, monkeypatch) -> Any:
    """Owner, policy, and a machine that the policy accepts; the clock stands within validity."""
    monkeypatch.setattr(clock, "now", lambda: attestation.AT)
    owner = attestation.OwnerKey.generate()
    policy = attestation.make_policy(maker, owner)
    initdata = attestation.make_initdata(owner, policy)
    machine = attestation.Machine(maker, maker.leaf(), maker.endorsement(), initdata)
    return attestation.World(owner, maker, policy, machine, Binding(bytes(range(64))))


def node(world, cluster: bytes | None) -> Node:
    """Another machine of the same kind, in a cluster or in none."""
    key = ec.generate_private_key(ec.SECP256R1())
    return Node(replace(world.machine, ak=key, cluster_id=cluster))


def verifier(world, cluster: bytes | None = CLUSTER) -> StandardVerifier:
    """What both sides check with."""
    return StandardVerifier(world.policy, cluster, {world.owner.public})


def dialler_of(world, purpose: Purpose) -> Prover:
    """The right dialler for `purpose`."""
    side = RULES[purpose].dialler
    if side.proof is ProofKind.OWNER:
        return OwnerProver(world.owner)
    if side.proof is ProofKind.ANONYMOUS:
        return AnonymousProver()
    return node(world, None if side.pcr15 is Pcr15.ZERO_OR_CLUSTER else CLUSTER)


def terms_of(world, purpose: Purpose, prover: Prover | None = None) -> dict[Purpose, Terms]:
    """The right listener for `purpose`."""
    rule = RULES[purpose].listener.pcr15
    listener = prover or node(world, None if rule is Pcr15.ZERO_OR_CLUSTER else CLUSTER)
    announced = CLUSTER if rule is Pcr15.SOME_CLUSTER else b""
    return {purpose: Terms(listener, verifier(world), announced)}


@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_purpose_with_real_evidence(stage, world, purpose) -> None:
    """Claims of a genuine machine, with the cluster that PCR 15 shows."""
    dialler, listener = stage.play(
        purpose,
        prover=dialler_of(world, purpose),
        verifier=verifier(world),
        terms=terms_of(world, purpose),
    ).sessions

    expected = None if purpose is Purpose.INIT else CLUSTER
    assert dialler.claims.node.cluster_id == expected
    assert dialler.claims.node.measurement == attestation.MEASUREMENT
    if RULES[purpose].dialler.proof is ProofKind.EVIDENCE:
        assert listener.claims.node.grant.slot == "local-worker-1"


def test_a_joining_node_learns_the_cluster_from_the_evidence(stage, world) -> None:
    """It knows no cluster ID yet; what the listener announces is what its evidence proves."""
    dialler, _ = stage.play(
        Purpose.JOIN,
        prover=node(world, None),
        verifier=verifier(world, None),
        terms=terms_of(world, Purpose.JOIN),
    ).sessions

    assert dialler.claims.node.cluster_id == CLUSTER


@pytest.mark.parametrize(
    ("purpose", "dialler", "listener", "knows"),
    [
        (Purpose.INIT, None, OTHER, CLUSTER),
        (Purpose.INIT, None, OTHER, None),
        (Purpose.ADMIN, None, None, CLUSTER),
        (Purpose.ADMIN, None, OTHER, CLUSTER),
        (Purpose.VERIFY, None, OTHER, CLUSTER),
        (Purpose.JOIN, None, None, None),
        (Purpose.JOIN, None, OTHER, None),
        (Purpose.JOIN, None, OTHER, CLUSTER),
        (Purpose.REJOIN, CLUSTER, OTHER, CLUSTER),
        (Purpose.MESH, CLUSTER, None, CLUSTER),
    ],
)
def test_a_listener_in_the_wrong_cluster_is_refused(
    stage, world, purpose, dialler, listener, knows
) -> None:
    """In none, in another, or in another than it announces."""
    prover = dialler_of(world, purpose) if dialler is None else node(world, dialler)
    played = stage.play(
        purpose,
        prover=prover,
        verifier=verifier(world, knows),
        terms=terms_of(world, purpose, node(world, listener)),
    )

    assert isinstance(played.dialler, AttestationError)
    assert isinstance(played.listener, PeerRefusedError)
    assert played.listener.error_id == played.dialler.error_id


@pytest.mark.parametrize(
    ("purpose", "cluster"),
    [(Purpose.JOIN, OTHER), (Purpose.REJOIN, None), (Purpose.MESH, OTHER)],
)
def test_a_dialler_in_the_wrong_cluster_is_refused(stage, world, purpose, cluster) -> None:
    """A node of another cluster cannot join, one of none cannot rejoin."""
    played = stage.play(
        purpose,
        prover=node(world, cluster),
        verifier=verifier(world),
        terms=terms_of(world, purpose),
    )

    assert isinstance(played.listener, AttestationError)
    assert isinstance(played.dialler, PeerRefusedError)


class StaleQuote(Node):
    """The report is of this session, the quote one that was recorded long ago."""

    @override
    def prove(self, binding: Binding) -> Proof:
        evidence = self.machine.evidence(binding)
        evidence.tpm.CopyFrom(self.machine.quote(Binding(bytes(range(64)))))
        return Proof(evidence=evidence)


class StaleReport(Node):
    """The quote is of this session, the report one that was recorded long ago."""

    @override
    def prove(self, binding: Binding) -> Proof:
        evidence = self.machine.evidence(binding)
        evidence.snp.report = self.machine.report(Binding(bytes(range(64))))
        return Proof(evidence=evidence)


def splice_attack(stage, world, kind: type[Node]) -> Any:
    """A member of the cluster that shows half of its evidence from another time."""
    prover = kind(node(world, CLUSTER).machine)
    return stage.play(
        Purpose.REJOIN,
        prover=prover,
        verifier=verifier(world),
        terms=terms_of(world, Purpose.REJOIN),
    )


@pytest.mark.parametrize("kind", [StaleQuote, StaleReport])
def test_spliced_evidence_is_refused(stage, world, kind) -> None:
    """A06: the binder lies inside both signed parts."""
    played = splice_attack(stage, world, kind)

    assert isinstance(played.listener, AttestationError)
    assert played.dialler.error_id == played.listener.error_id


def test_a_spliced_quote_twin_without_its_check(stage, world, monkeypatch) -> None:
    """A verifier that looks at the report alone takes registers of any time."""
    monkeypatch.setattr("asterism.attestation.verify.quote.check_purpose", lambda *_: None)

    assert isinstance(splice_attack(stage, world, StaleQuote).listener, Session)


def test_another_attestation_key_than_announced_is_refused(stage, world) -> None:
    """The hello's key is in the binder; the quote must be by that one."""

    class Swapped(Node):
        ak_name = bytes.fromhex("000b") + bytes(range(32))

    played = splice_attack(stage, world, Swapped)

    assert isinstance(played.listener, AttestationError)
    assert played.listener.error_id == "TLS-025"


# Missing expectations


@pytest.mark.parametrize(
    ("purpose", "given"),
    [
        (Purpose.ADMIN, {"owners": frozenset()}),
        (Purpose.MESH, {"policy": None}),
        (Purpose.MESH, {"cluster_id": None}),
    ],
)
def test_without_an_expectation_everybody_is_refused(stage, world, purpose, given) -> None:
    """A missing policy, cluster or set of owners is never "any"."""
    incomplete = replace(verifier(world), **given)
    prover = terms_of(world, purpose)[purpose].prover
    played = stage.play(
        purpose,
        prover=dialler_of(world, purpose),
        verifier=verifier(world),
        terms={purpose: Terms(prover, incomplete)},
    )

    assert isinstance(played.listener, AttestationError)
    assert played.listener.error_id == "TLS-027"
    assert isinstance(played.dialler, PeerRefusedError)
    assert played.dialler.error_id == "TLS-027"


def test_the_verifier_does_not_rely_on_the_kind_that_was_checked_before(world) -> None:
    """Another kind of proof than the table's is as good as none."""
    for purpose, role in ((Purpose.MESH, Role.DIALLER), (Purpose.ADMIN, Role.DIALLER)):
        with pytest.raises(AttestationError):
            verifier(world).verify(
                purpose, role, Proof(anonymous=Anonymous()), world.binding, Hello()
            )
