"""The first bytes of a connection, and everything both sides of an attested session say."""

import asyncio
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import cast

from google.protobuf.message import DecodeError

from asterism.atls.binder import ChannelKeys
from asterism.atls.events import HelloReceived, ProofReceived
from asterism.atls.handshake import Handshake
from asterism.atls.messages import FrameReader, encode
from asterism.atls.purpose import RULES, ProofKind, Purpose, Role
from asterism.atls.verifier import StandardVerifier
from asterism.attestation.anchors import Anchors
from asterism.attestation.binding import Binding
from asterism.attestation.policy import Policy
from asterism.e2e.fuzz.seeds import certificates, quotes, vector
from asterism.e2e.fuzz.seeds import documents as made
from asterism.e2e.fuzz.target import Shape, Target
from asterism.e2e.fuzz.targets.certificates import genuine, vector_der
from asterism.keys.owner import verify_proof
from asterism.machine.relay.hello import read_server_name
from asterism.net.client_hello import server_name
from asterism.proto.evidence.v1.evidence_pb2 import Evidence, SnpEvidence
from asterism.proto.session.v1.session_pb2 import Anonymous, Hello, OwnerProof, Proof, Verdict

_KEYS = ChannelKeys(b"dialler's key", b"listener's key", bytes(range(32)))
_BINDING = Binding(bytes(range(64)))
_WORDS = tuple(purpose.value.encode() for purpose in Purpose)
_PROOFS = {
    ProofKind.EVIDENCE: Proof(evidence=Evidence(initdata=b"x")),
    ProofKind.OWNER: Proof(owner=OwnerProof(public_key=made.OWNER.public, signature=bytes(64))),
    ProofKind.ANONYMOUS: Proof(anonymous=Anonymous()),
}


def _frames(data: bytes) -> None:
    """As they come from the wire, in pieces."""
    reader, cut = FrameReader(), len(data) // 2
    for piece in (data[:cut], data[cut:]):
        reader.feed(piece)
        while (message := reader.next_message()) is not None:
            encode(message)


def _listener(data: bytes) -> None:
    _converse(Handshake(Role.LISTENER, frozenset(Purpose), _KEYS), Role.LISTENER, data)


def _dialler(data: bytes) -> None:
    state = Handshake(Role.DIALLER, {Purpose.JOIN}, _KEYS)
    state.hello(Purpose.JOIN, nonce=bytes(range(32)), ak_name=made.AK_NAME)
    _converse(state, Role.DIALLER, data)


def _converse(state: Handshake, role: Role, data: bytes) -> None:
    """Hear `data` frame by frame and answer as a side does that believes everything."""
    while data:
        size = 4 + int.from_bytes(data[:4], "big")
        for event in state.receive(data[:size]):
            if isinstance(event, HelloReceived):
                _answer_hello(state, role, event.purpose)
            elif isinstance(event, ProofReceived):
                state.binding(role.other)
                state.accept()
        data = data[size:]
    if state.complete:
        bytes(state.rest)


def _answer_hello(state: Handshake, role: Role, purpose: Purpose) -> None:
    side = RULES[purpose].side(role)
    if role is Role.LISTENER:
        some = made.CHIP[:32] if side.pcr15 and side.pcr15.name == "SOME_CLUSTER" else b""
        name = made.AK_NAME if side.proof is ProofKind.EVIDENCE else b""
        state.hello(purpose, nonce=bytes(range(32)), ak_name=name, cluster_id=some)
    state.proof(_PROOFS[side.proof])


def _owner_proof(data: bytes) -> None:
    verify_proof(data[:32], data[32:], _BINDING.value)


def _proof(data: bytes) -> None:
    """A proof in the place of each kind, up to every signature it can get past."""
    proof = Proof()
    try:
        proof.ParseFromString(data)
    except DecodeError:  # the frame reader's refusal
        return
    verifier = StandardVerifier(_policy(), made.CHIP[:32], made.OWNERS)
    purpose = Purpose.INIT if proof.HasField("owner") else Purpose.JOIN
    verifier.verify(purpose, Role.DIALLER, proof, _BINDING, Hello(ak_name=made.AK_NAME))


@cache
def _policy() -> Policy:
    """The policy, with the root of the real report in the evidence."""
    anchors = Anchors(snp=genuine(), tpm=made.anchors().tpm)
    return replace(made.policy(), anchors=anchors)


def _relay(data: bytes) -> None:
    """The relay's reader of the same; everything is there at once, so it never waits."""
    reader = asyncio.StreamReader(loop=_NO_LOOP)
    reader.feed_data(data)
    reader.feed_eof()
    try:
        read_server_name(reader).send(None)
    except StopIteration:
        return
    raise AssertionError


_NO_LOOP = cast("asyncio.AbstractEventLoop", SimpleNamespace(get_debug=lambda: False))


def _hello(purpose: Purpose, role: Role) -> Hello:
    side = RULES[purpose].side(role)
    some = side.pcr15 is not None and side.pcr15.name == "SOME_CLUSTER"
    return Hello(
        version=1,
        purpose=purpose.value,
        role=role.value,  # type: ignore[arg-type]  # generated enums are plain integers
        nonce=bytes(range(1, 33)),
        ak_name=made.AK_NAME if side.proof is ProofKind.EVIDENCE else b"",
        cluster_id=made.CHIP[:32] if some else b"",
    )


def _conversations(role: Role) -> list[bytes]:
    purposes = Purpose if role is Role.DIALLER else (Purpose.JOIN,)
    return [
        encode(_hello(purpose, role)) + encode(_PROOFS[RULES[purpose].side(role).proof])
        + encode(Verdict())
        for purpose in purposes
    ] + [encode(Verdict(error_id="TLS-020"))]  # fmt: skip


def evidence() -> Evidence:
    """Evidence whose signatures all verify; what they are over is of no cluster."""
    name = "snp/oak-milan_oc_release"
    authority = certificates.leaf("TPM 1", 41, "EMULATED TPM root", made.TPM_ROOT)
    chain = [vector(f"{name}/vcek.der"), vector_der("snp/roots/milan_ask.pem")]
    return Evidence(
        snp=SnpEvidence(report=vector(f"{name}/report.bin"), certificates=chain),
        tpm=quotes.tpm_evidence(_BINDING.qualifying_data, certificates.der(authority)),
        initdata=made.initdata().encode(),
    )


def _proofs() -> list[bytes]:
    owner = OwnerProof(public_key=made.OWNER.public, signature=made.OWNER.prove(_BINDING.value))
    proofs = (Proof(evidence=evidence()), Proof(owner=owner), Proof(anonymous=Anonymous()))
    return [proof.SerializeToString(deterministic=True) for proof in proofs]


def client_hello(name: bytes) -> bytes:
    """A client hello with a server name, between two other extensions."""
    host = b"\0" + len(name).to_bytes(2, "big") + name
    sni = b"\0\0" + (len(host) + 2).to_bytes(2, "big") + len(host).to_bytes(2, "big") + host
    extensions = b"\0\x2b\0\3\2\3\4" + sni + b"\0\x10\0\x0d\0\x0b\x0aasterism/1"
    body = b"\3\3" + bytes(range(32)) + b"\0" + b"\0\2\x13\2" + b"\1\0"
    body += len(extensions).to_bytes(2, "big") + extensions
    message = b"\1" + len(body).to_bytes(3, "big") + body
    return b"\x16\3\1" + len(message).to_bytes(2, "big") + message


def _hellos() -> list[bytes]:
    whole = client_hello(b"local-cp-1.attest.asterism.internal")
    body = whole[5:]
    pieces = [body[at : at + 40] for at in range(0, len(body), 40)]
    records = b"".join(b"\x16\3\1" + len(p).to_bytes(2, "big") + p for p in pieces)
    return [whole, client_hello(b"kubernetes"), records]


TARGETS = (
    Target(
        "client-hello",
        server_name,
        _hellos,
        Shape.BYTES,
        ("asterism.net.client_hello.server_name",),
        (b"\x16\3\1", b"\0\0", b"\1\0\0"),
        maximum=1024,
    ),
    Target(
        "relay-hello",
        _relay,
        _hellos,
        Shape.BYTES,
        ("asterism.machine.relay.hello.read_server_name",),
        (b"\x16\3\1", b"\0\0", b"\1\0\0"),
        maximum=1024,
    ),
    Target(
        "session-frames",
        _frames,
        lambda: _conversations(Role.DIALLER),
        Shape.BYTES,
        ("asterism.atls.messages.FrameReader.feed",),
        _WORDS,
        maximum=1024,
    ),
    Target(
        "session-as-listener",
        _listener,
        lambda: _conversations(Role.DIALLER),
        Shape.BYTES,
        ("asterism.atls.handshake.Handshake.receive",),
        _WORDS,
        maximum=1024,
    ),
    Target(
        "session-as-dialler",
        _dialler,
        lambda: _conversations(Role.LISTENER),
        Shape.BYTES,
        ("asterism.atls.handshake.Handshake.receive",),
        _WORDS,
        maximum=1024,
    ),
    Target(
        "owner-proof",
        _owner_proof,
        lambda: [made.OWNER.public + made.OWNER.prove(_BINDING.value)],
        Shape.BYTES,
        ("asterism.keys.owner.verify_proof",),
        maximum=128,
    ),
    Target(
        "evidence",
        _proof,
        _proofs,
        Shape.PROTOBUF,
        (
            "asterism.attestation.verify.verify_evidence",
            "asterism.atls.verifier.StandardVerifier.verify",
            "asterism.attestation.tpm.quote.authenticate",
            "asterism.attestation.snp.verify.authenticate",
        ),
        maximum=16384,
    ),
)
