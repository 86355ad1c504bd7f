"""What errors of a session promise: exactly their ID, and a refusal also claim and source."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from asterism.atls.binder import ChannelKeys, report_data
from asterism.atls.certificate import OneTimeIdentity, require_acceptable
from asterism.atls.claims import SessionClaims
from asterism.atls.handshake import Handshake, Said
from asterism.atls.messages import LIMITS, FrameReader, Kind, encode
from asterism.atls.purpose import Pcr15, Purpose, Role
from asterism.atls.verifier import StandardVerifier, pcr15_rule
from asterism.attestation.binding import Binding
from asterism.attestation.claims import AnonymousClaims, OwnerClaims
from asterism.attestation.pcr15 import Bound, Unbound, UnboundOr
from asterism.errors import AttestationError, Error, LocalProtocolError, RemoteProtocolError
from asterism.keys.owner import OwnerKey
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.proto.session.v1.session_pb2 import Anonymous, Hello, OwnerProof, Proof, Verdict

KEYS = ChannelKeys(b"dialler", b"listener", b"e" * 32)
AK = b"a" * 34
NONCES = {Role.DIALLER: b"d" * 32, Role.LISTENER: b"l" * 32}
EVIDENCE = Proof(evidence=Evidence(initdata=b"i"))
CLUSTER, OTHER = bytes(range(32)), bytes(range(1, 33))
PROTOCOL = "session protocol"


def promise(call: Callable[[], object]) -> tuple[str, str, str]:
    """ID, claim and source of the one mismatch that `call` is refused for."""
    with pytest.raises(AttestationError) as caught:
        call()
    (found,) = caught.value.mismatches
    assert found.expected
    assert found.got
    return found.error_id, found.claim, found.source


def error_of(kind: type[Error], call: Callable[[], object]) -> str:
    """The ID of the error of `kind` that `call` raises."""
    with pytest.raises(kind) as caught:
        call()
    return caught.value.error_id


def side(role: Role, *purposes: Purpose) -> Handshake:
    """A fresh side."""
    return Handshake(role, purposes or (Purpose.MESH,), KEYS)


def own_hello(machine: Handshake, role: Role, purpose: Purpose = Purpose.MESH) -> bytes:
    """What it says first."""
    return machine.hello(purpose, nonce=NONCES[role], ak_name=AK)


def hello(sender: Role, **changes: Any) -> bytes:
    """A peer's hello for the mesh, right but for `changes`."""
    fields = {"version": 1, "purpose": "mesh", "nonce": NONCES[sender], "ak_name": AK}
    return encode(Hello(**{**fields, "role": sender.value, **changes}))


@pytest.mark.parametrize(
    ("changes", "error_id", "claim"),
    [
        ({"role": 2}, "TLS-020", "role"),
        ({"purpose": "meshx"}, "TLS-021", "purpose"),
        ({"purpose": "rejoin"}, "TLS-021", "purpose"),
        ({"nonce": b"n" * 31}, "TLS-023", "nonce"),
        ({"ak_name": b""}, "TLS-024", "attestation key name"),
        ({"ak_name": AK[1:]}, "TLS-024", "attestation key name"),
        ({"cluster_id": CLUSTER}, "TLS-024", "cluster ID"),
    ],
)
def test_hellos(changes: dict[str, Any], error_id: str, claim: str) -> None:
    """Each field by its name."""
    refused = promise(lambda: side(Role.LISTENER).receive(hello(Role.DIALLER, **changes)))
    assert refused == (error_id, claim, PROTOCOL)


@pytest.mark.parametrize("cluster_id", [b"", CLUSTER[1:], CLUSTER + b"\0"])
def test_a_listener_of_joins_names_its_cluster(cluster_id: bytes) -> None:
    """In full: the joining node checks PCR 15 against it."""
    dialler = side(Role.DIALLER, Purpose.JOIN)
    own_hello(dialler, Role.DIALLER, Purpose.JOIN)
    good = hello(Role.LISTENER, purpose="join", cluster_id=CLUSTER)
    assert len(side_after(Role.DIALLER, Purpose.JOIN).receive(good)) == 1
    bad = hello(Role.LISTENER, purpose="join", cluster_id=cluster_id)
    assert promise(lambda: dialler.receive(bad)) == ("TLS-024", "cluster ID", PROTOCOL)


def side_after(role: Role, purpose: Purpose) -> Handshake:
    """A dialler that has said hello."""
    machine = side(role, purpose)
    own_hello(machine, role, purpose)
    return machine


def test_answers_for_another_purpose_and_echoes() -> None:
    """A dialler knows what it asked for, and its own nonce."""
    other = hello(Role.LISTENER, purpose="rejoin")
    echo = hello(Role.LISTENER, nonce=NONCES[Role.DIALLER])
    mesh = Purpose.MESH
    refused = promise(lambda: side_after(Role.DIALLER, mesh).receive(other))
    assert refused == ("TLS-022", "purpose", PROTOCOL)
    refused = promise(lambda: side_after(Role.DIALLER, mesh).receive(echo))
    assert refused == ("TLS-023", "nonce", PROTOCOL)


@pytest.mark.parametrize(
    ("proof", "got"),
    [
        (Proof(), "nothing"),
        (Proof(anonymous=Anonymous()), "anonymous"),
        (Proof(owner=OwnerProof(public_key=b"k")), "owner"),
    ],
)
def test_proofs_of_another_kind(proof: Proof, got: str) -> None:
    """What came is named, also when it was nothing."""
    dialler = side_after(Role.DIALLER, Purpose.MESH)
    dialler.receive(hello(Role.LISTENER))
    with pytest.raises(AttestationError) as caught:
        dialler.receive(encode(proof))
    (found,) = caught.value.mismatches
    assert (found.error_id, found.claim, found.source) == ("TLS-024", "proof", PROTOCOL)
    assert (found.expected, found.got) == ("evidence", got)


def test_what_is_not_said_in_its_place() -> None:
    """Order and version are the protocol, not a refusal."""
    listener = side(Role.LISTENER)
    listener.receive(hello(Role.DIALLER))
    again = hello(Role.DIALLER)
    assert error_of(RemoteProtocolError, lambda: listener.receive(again)) == "TLS-012"
    first = hello(Role.LISTENER)
    dialler = side(Role.DIALLER)
    assert error_of(RemoteProtocolError, lambda: dialler.receive(first)) == "TLS-012"
    old = hello(Role.DIALLER, version=2)
    assert error_of(RemoteProtocolError, lambda: side(Role.LISTENER).receive(old)) == "TLS-013"


@pytest.mark.parametrize("frame", [encode(EVIDENCE), encode(Verdict())])
def test_nothing_before_our_hello_was_answered(frame: bytes) -> None:
    """A listener that has not said hello cannot have been given a proof or verdict."""
    listener = side(Role.LISTENER)
    listener.receive(hello(Role.DIALLER))
    assert error_of(RemoteProtocolError, lambda: listener.receive(frame)) == "TLS-012"


def test_no_verdict_before_our_proof() -> None:
    """A peer cannot accept what it has not seen."""
    listener = side(Role.LISTENER)
    listener.receive(hello(Role.DIALLER))
    own_hello(listener, Role.LISTENER)
    listener.receive(encode(EVIDENCE))
    early = encode(Verdict())
    assert error_of(RemoteProtocolError, lambda: listener.receive(early)) == "TLS-012"


def test_our_own_mistakes_are_ours() -> None:
    """Each is LocalProtocolError TLS-001, and nothing goes out."""
    fresh, listener = side(Role.DIALLER), side(Role.LISTENER, Purpose.MESH, Purpose.REJOIN)
    answered = side(Role.LISTENER, Purpose.MESH, Purpose.REJOIN)
    answered.receive(hello(Role.DIALLER))
    greeted = side_after(Role.DIALLER, Purpose.MESH)
    nonce = NONCES[Role.DIALLER]
    mistakes: list[Callable[[], object]] = [
        lambda: side(Role.DIALLER, Purpose.MESH, Purpose.JOIN),
        lambda: fresh.purpose,
        lambda: fresh.rest,
        lambda: fresh.binding(Role.DIALLER),
        fresh.peer_hello,
        lambda: fresh.hello(Purpose.JOIN, nonce=nonce, ak_name=AK),
        lambda: fresh.hello(Purpose.MESH, nonce=nonce[1:], ak_name=AK),
        lambda: fresh.hello(Purpose.MESH, nonce=nonce, ak_name=b""),
        lambda: fresh.proof(EVIDENCE),
        fresh.accept,
        lambda: listener.hello(Purpose.MESH, nonce=nonce, ak_name=AK),
        lambda: own_hello(answered, Role.LISTENER, Purpose.REJOIN),
        lambda: own_hello(greeted, Role.DIALLER),
        lambda: greeted.proof(EVIDENCE),
        lambda: greeted.binding(Role.LISTENER),
        lambda: greeted.refuse(""),
    ]
    for mistake in mistakes:
        assert error_of(LocalProtocolError, mistake) == "TLS-001"


def complete() -> tuple[Handshake, Handshake]:
    """Two sides just before their verdicts."""
    dialler, listener = side(Role.DIALLER), side(Role.LISTENER)
    listener.receive(own_hello(dialler, Role.DIALLER))
    dialler.receive(own_hello(listener, Role.LISTENER))
    dialler.receive(listener.proof(EVIDENCE))
    listener.receive(dialler.proof(EVIDENCE))
    return dialler, listener


def test_each_side_proves_once_and_in_its_own_kind() -> None:
    """No second proof, none of another kind, no verdict after a refusal."""
    dialler, listener = complete()
    assert error_of(LocalProtocolError, lambda: dialler.proof(EVIDENCE)) == "TLS-001"
    other = side_after(Role.DIALLER, Purpose.MESH)
    other.receive(hello(Role.LISTENER))
    anonymous = Proof(anonymous=Anonymous())
    assert error_of(LocalProtocolError, lambda: other.proof(anonymous)) == "TLS-001"
    listener.receive(dialler.refuse("ATT-001"))
    assert error_of(LocalProtocolError, listener.accept) == "TLS-001"
    assert error_of(LocalProtocolError, dialler.accept) == "TLS-001"
    assert error_of(LocalProtocolError, lambda: dialler.refuse("ATT-001")) == "TLS-001"


def test_a_side_that_was_accepted_may_still_refuse() -> None:
    """Its own verdict is its own."""
    dialler, listener = complete()
    dialler.receive(listener.accept())
    assert not dialler.complete
    assert listener.receive(dialler.refuse("ATT-001"))
    assert not listener.complete


def test_data_with_the_first_verdict_is_too_early() -> None:
    """The other has not accepted yet."""
    dialler, listener = complete()
    data = listener.accept() + b"data"
    assert error_of(RemoteProtocolError, lambda: dialler.receive(data)) == "TLS-012"


def test_data_may_come_in_pieces_after_both_verdicts() -> None:
    """All of it is kept, in its order."""
    dialler, listener = complete()
    listener.receive(dialler.accept())
    dialler.receive(listener.accept() + b"da")
    assert dialler.receive(b"ta") == []
    assert dialler.rest == b"data"
    assert [said.value for said in Said] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("kind", list(Kind))
def test_sizes_of_messages(kind: Kind) -> None:
    """The largest header that is read, and the next; both sides have the same limits."""
    assert LIMITS == {Kind.HELLO: 512, Kind.PROOF: 262144, Kind.VERDICT: 64}
    reader = FrameReader()
    reader.feed((LIMITS[kind] + 1).to_bytes(4, "big") + bytes([kind]))
    assert reader.next_message() is None
    larger = FrameReader()
    larger.feed((LIMITS[kind] + 2).to_bytes(4, "big") + bytes([kind]))
    assert error_of(RemoteProtocolError, larger.next_message) == "TLS-010"


def test_the_largest_message_of_our_own() -> None:
    """One byte more is our mistake."""
    fits = encode(Verdict(error_id="x" * 62))
    assert fits[:5] == (65).to_bytes(4, "big") + b"\3"
    too_large = Verdict(error_id="x" * 63)
    assert error_of(LocalProtocolError, lambda: encode(too_large)) == "TLS-010"


@pytest.mark.parametrize("data", [b"\0\0\0\0\1", b"\0\0\0\2\4x", b"\0\0\0\2\1\xff"])
def test_frames_that_are_none(data: bytes) -> None:
    """Without a kind, of unknown kind, and not to be read."""
    reader = FrameReader()
    reader.feed(data)
    assert error_of(RemoteProtocolError, reader.next_message) == "TLS-011"


@pytest.mark.parametrize(
    "change",
    [
        {"keys": replace(KEYS, exporter=b"e" * 33)},
        {"keys": replace(KEYS, dialler_spki=b"")},
        {"keys": replace(KEYS, listener_spki=b"")},
        {"dialler_nonce": b"d" * 33, "listener_nonce": b"l" * 33},
        {"dialler_nonce": b"l" * 32},
    ],
)
def test_binders_that_would_be_weak(change: dict[str, Any]) -> None:
    """Are not computed."""
    fields: dict[str, Any] = {"purpose": Purpose.MESH, "role": Role.DIALLER, "keys": KEYS}
    fields |= {"dialler_nonce": b"d" * 32, "listener_nonce": b"l" * 32, "ak_name": AK}
    assert len(report_data(**fields)) == 64
    assert error_of(LocalProtocolError, lambda: report_data(**(fields | change))) == "TLS-001"


@pytest.mark.parametrize(
    ("role", "label"), [(Role.DIALLER, b"dialler"), (Role.LISTENER, b"listener")]
)
def test_a_binder_names_the_side_that_proves(role: Role, label: bytes) -> None:
    """By a word that is fixed, as two implementations must agree on it."""
    fields = [b"asterism attested session v1", b"mesh", label, b"dialler", b"listener"]
    fields += [b"d" * 32, b"l" * 32, AK, b"e" * 32]
    flat = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    computed = report_data(
        purpose=Purpose.MESH,
        role=role,
        keys=KEYS,
        dialler_nonce=b"d" * 32,
        listener_nonce=b"l" * 32,
        ak_name=AK,
    )
    assert computed == hashlib.sha512(flat).digest()
    assert KEYS.spki(role) == label


def test_claims_of_another_kind() -> None:
    """The kind that is there is named."""
    owner = SessionClaims(Purpose.ADMIN, Role.DIALLER, OwnerClaims(b"k" * 32))
    nobody = SessionClaims(Purpose.VERIFY, Role.DIALLER, AnonymousClaims())
    assert promise(lambda: owner.node) == ("TLS-030", "peer", "session")
    assert promise(lambda: nobody.owner) == ("TLS-030", "peer", "session")


def test_certificates() -> None:
    """None, or two."""
    one = OneTimeIdentity.generate().certificate
    wanted = ("TLS-028", "TLS certificate", "session")
    assert promise(lambda: require_acceptable([])) == wanted
    assert promise(lambda: require_acceptable([one, one])) == wanted


BINDING = Binding(bytes(range(64)))


def verify(verifier: StandardVerifier, purpose: Purpose, role: Role, proof: Proof) -> object:
    """Verify a proof of the side `role`."""
    return verifier.verify(purpose, role, proof, BINDING, Hello(ak_name=AK))


def test_what_a_verifier_was_not_given_is_refused() -> None:
    """Policy, cluster and owners: never skipped."""
    nothing = StandardVerifier()
    cases = {
        "policy": lambda: verify(nothing, Purpose.INIT, Role.LISTENER, EVIDENCE),
        "cluster": lambda: verify(nothing, Purpose.MESH, Role.LISTENER, EVIDENCE),
        "owner keys": lambda: verify(nothing, Purpose.INIT, Role.DIALLER, Proof()),
        "PCR 15": lambda: pcr15_rule(None, CLUSTER, b""),
    }
    for what, call in cases.items():
        assert promise(call) == ("TLS-027", what, "verifier")


def test_owners() -> None:
    """A stranger is refused by his key, a known owner by a wrong signature."""
    owner, stranger = OwnerKey.generate(), OwnerKey.generate()
    knows = StandardVerifier(owners={owner.public})

    def proof(key: OwnerKey, signer: OwnerKey) -> Proof:
        signature = signer.prove(BINDING.value)
        return Proof(owner=OwnerProof(public_key=key.public, signature=signature))

    accepted = verify(knows, Purpose.ADMIN, Role.DIALLER, proof(owner, owner))
    assert accepted == OwnerClaims(owner.public)
    foreign = proof(stranger, stranger)
    refused = promise(lambda: verify(knows, Purpose.ADMIN, Role.DIALLER, foreign))
    assert refused == ("TLS-026", "owner key", "initdata or genesis")
    forged = proof(owner, stranger)
    refused = promise(lambda: verify(knows, Purpose.ADMIN, Role.DIALLER, forged))
    assert refused == ("DOC-012", "owner proof", "session")


def test_anonymous_peers_prove_nothing() -> None:
    """Whatever they show."""
    anything = Proof(anonymous=Anonymous())
    nobody = verify(StandardVerifier(), Purpose.VERIFY, Role.DIALLER, anything)
    assert nobody == AnonymousClaims()


@pytest.mark.parametrize(
    ("rule", "known", "expected"),
    [
        (Pcr15.ZERO_OR_CLUSTER, None, Unbound()),
        (Pcr15.ZERO_OR_CLUSTER, CLUSTER, UnboundOr(CLUSTER)),
        (Pcr15.CLUSTER, CLUSTER, Bound(CLUSTER)),
        (Pcr15.SOME_CLUSTER, None, Bound(OTHER)),
        (Pcr15.SOME_CLUSTER, CLUSTER, Bound(CLUSTER)),
    ],
)
def test_the_cluster_register_follows_the_purpose(
    rule: Pcr15, known: bytes | None, expected: object
) -> None:
    """What the verifier knows counts before what the peer announced."""
    assert pcr15_rule(rule, known, OTHER) == expected
