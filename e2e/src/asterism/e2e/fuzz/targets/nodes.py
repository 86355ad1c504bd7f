"""What nodes and owner say to each other inside sessions, and what nodes find on their disks."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from types import SimpleNamespace
from typing import Any, cast

from google.protobuf.message import DecodeError, Message

from asterism.attestation.claims import NodeClaims
from asterism.attestation.grant import Role
from asterism.bootstrapper.admin.image_load import imported_names
from asterism.bootstrapper.assignment import Assignment, Peer, attest_port, underlay_address
from asterism.bootstrapper.certificates import KeyPair
from asterism.bootstrapper.init.founding import Founding
from asterism.bootstrapper.join.check import Keys, checked
from asterism.bootstrapper.machine_identity import Machine, identify
from asterism.bootstrapper.membership import Membership
from asterism.bootstrapper.trust.ledger import Ledger, LedgerFile, Member
from asterism.cluster.initialise import require_genesis
from asterism.cluster.pin import Pin
from asterism.config.network import UNDERLAY
from asterism.e2e.fuzz import scratch
from asterism.e2e.fuzz.seeds import certificates
from asterism.e2e.fuzz.seeds import documents as made
from asterism.e2e.fuzz.seeds.certificates import leaf
from asterism.e2e.fuzz.target import Shape, Target
from asterism.keys.authority import requested_key
from asterism.keys.documents import Kind, SignedDocument, signed_bytes
from asterism.keys.genesis import Genesis
from asterism.proto.bootstrap.v1.bootstrap_pb2 import (
    GenesisSignature,
    InitParameters,
    InitRequest,
    InitResponse,
    InitResult,
)
from asterism.proto.trust.v1 import trust_pb2

_CERTIFIED = {"node": 71, "client": 72, "serving": 73}
_KEYS = Keys(*(KeyPair(certificates.key_pem(number), b"") for number in _CERTIFIED.values()))
_PLANE_ADDRESS = IPv4Address("10.211.0.1")


def _read(message: Message, data: bytes) -> bool:
    """Whether gRPC would hand the message over; it refuses others by itself."""
    try:
        message.ParseFromString(data)
    except DecodeError:
        return False
    return True


def _join_request(data: bytes) -> None:
    """What Trust.Join reads before it issues anything."""
    request = trust_pb2.JoinRequest()
    if _read(request, data):
        underlay_address(request.underlay_address)
        attest_port(request.attest_port)
        for csr in (request.node_csr, request.kubelet_client_csr, request.kubelet_serving_csr):
            requested_key(csr)


def _join_response(data: bytes) -> None:
    answer = trust_pb2.JoinResponse()
    if _read(answer, data):
        checked(_machine(), _plane_claims(), answer, _KEYS, known=None)


def _peers(data: bytes) -> None:
    message = trust_pb2.Peers()
    if _read(message, data):
        for peer in message.peers:
            assert Peer.from_proto(Peer.from_proto(peer).to_proto()) == Peer.from_proto(peer)


def _init_request(data: bytes) -> None:
    """Both messages of the owner, as the first control plane reads them."""
    request = InitRequest()
    if not _read(request, data):
        return
    if request.WhichOneof("step") == "parameters":
        requested_key(request.parameters.owner_csr)
        SignedDocument.decode(request.parameters.policy)
    elif request.WhichOneof("step") == "signature":
        founding = Founding(made.genesis(), (), cast("Any", None))
        founding.accept(made.OWNERS, request.signature.public_key, request.signature.signature)


def _init_response(data: bytes) -> None:
    """What a machine shows its owner for signing, and what it says in the end."""
    response = InitResponse()
    if not _read(response, data):
        return
    if response.WhichOneof("step") == "genesis":
        require_genesis(Genesis.decode(response.genesis), _pin(), "local-cp-1", _plane_claims())
    elif response.WhichOneof("step") == "result":
        _pin().require_genesis(response.result.genesis)


def _ledger(data: bytes) -> None:
    LedgerFile(scratch.file(scratch.folder("ledger") / "ledger.json", data)).load()


def _membership(data: bytes) -> None:
    folder = scratch.folder("membership")
    scratch.file(folder / "membership.json", data)
    found = Membership.load(folder)
    if found is not None:
        found.open_genesis(made.OWNERS)


def _imported(data: bytes) -> None:
    imported_names(data.decode(errors="replace"))


def _machine() -> Machine:
    if not _MACHINES:
        _MACHINES.append(
            identify(
                made.initdata().encode(),
                chip=made.CHIP,
                ek_certificate=b"certificate",
                ak_name=made.AK_NAME,
                address=UNDERLAY[12],
            )
        )
    return _MACHINES[0]


_MACHINES: list[Machine] = []


def _plane_claims() -> NodeClaims:
    """What is looked at of a control plane's proven claims."""
    return cast(
        "NodeClaims",
        SimpleNamespace(
            grant=made.grant("local-cp-1", Role.CONTROL_PLANE),
            cluster_id=made.genesis().cluster_id,
            platform_id=made.CHIP,
            ak_name=made.AK_NAME,
        ),
    )


def _pin() -> Pin:
    return Pin(
        cluster=made.CLUSTER,
        nonce=made.NONCE.hex(),
        owner=made.OWNER.public,
        policy=made.initdata().policy,
        machines={"local-cp-1": bytes(range(32))},
        genesis=made.signed_genesis(),
    )


def _assignment(name: str, role: Role, number: int) -> Assignment:
    pods = IPv4Network(f"10.212.{number - 1}.0/24")
    return Assignment(name, role, _PLANE_ADDRESS + number - 1, pods, 1)


def _members() -> tuple[Peer, Peer]:
    plane = _assignment("local-cp-1", Role.CONTROL_PLANE, 1)
    worker = _assignment("local-worker-1", Role.WORKER, 2)
    return Peer(plane, UNDERLAY[11], 9443), Peer(worker, UNDERLAY[12], 9443)


def _serialized(make: Callable[[], Message]) -> bytes:
    return make().SerializeToString(deterministic=True)


def _answer() -> Message:
    def issued(name: str, authority: str) -> bytes:
        issuer = made.AUTHORITY_KEYS[authority]
        return certificates.pem(leaf(name, _CERTIFIED[name], authority, issuer)).encode()

    plane, worker = _members()
    return trust_pb2.JoinResponse(
        assignment=worker.assignment.to_proto(),
        genesis=made.signed_genesis().encode(),
        policy=made.initdata().policy.encode(),
        node_certificate=issued("node", "identity"),
        kubelet_client_certificate=issued("client", "cluster"),
        kubelet_serving_certificate=issued("serving", "cluster"),
        api_server="https://10.211.0.1:6443",
        peers=trust_pb2.Peers(peers=[plane.to_proto(), worker.to_proto()]),
    )


def _request() -> Message:
    return trust_pb2.JoinRequest(
        node_csr=certificates.request(71),
        kubelet_client_csr=certificates.request(72),
        kubelet_serving_csr=certificates.request(73),
        attest_port=9443,
        underlay_address="10.210.0.12",
    )


def _init_requests() -> list[bytes]:
    parameters = InitParameters(
        policy=made.initdata().policy.encode(),
        owner_csr=certificates.request(74),
        api_names=["api.example.org"],
    )
    message = signed_bytes(Kind.GENESIS, made.genesis().encode())
    signature = GenesisSignature(public_key=made.OWNER.public, signature=made.OWNER.sign(message))
    return [
        _serialized(lambda: InitRequest(parameters=parameters)),
        _serialized(lambda: InitRequest(signature=signature)),
    ]


def _init_responses() -> list[bytes]:
    result = InitResult(genesis=made.signed_genesis().encode())
    return [
        _serialized(lambda: InitResponse(genesis=made.genesis().encode())),
        _serialized(lambda: InitResponse(result=result)),
    ]


def _stored(write: Callable[[Any], None], file: str) -> bytes:
    """What the product itself writes."""
    folder = scratch.folder(f"written-{file}")
    write(folder)
    return (folder / file).read_bytes()


def _ledgers() -> list[bytes]:
    members = tuple(
        Member(peer, bytes((number,)) * 31 + b"x", made.CHIP, "snp", emulated=True)
        for number, peer in enumerate(_members())
    )
    ledger = Ledger(bytes(range(32)), made.NONCE, members)
    return [_stored(lambda folder: LedgerFile(folder / "ledger.json").save(ledger), "ledger.json")]


def _memberships() -> list[bytes]:
    worker = _members()[1].assignment
    found = Membership(
        made.signed_genesis(), made.initdata().policy, worker, "https://10.211.0.1:6443"
    )
    return [_stored(found.save, "membership.json")]


_JSON_WORDS = (b"1e999", b"NaN", b"-Infinity", b"[[[[", b"worker", b"10.212.0.0/16", b"0x1")

TARGETS = (
    Target(
        "join-request",
        _join_request,
        lambda: [_serialized(_request)],
        Shape.PROTOBUF,
        ("asterism.keys.authority.requested_key",),
    ),
    Target(
        "join-response",
        _join_response,
        lambda: [_serialized(_answer)],
        Shape.PROTOBUF,
        (
            "asterism.bootstrapper.join.check.checked",
            "asterism.keys.genesis.Genesis.open",
            "asterism.bootstrapper.assignment.Assignment.from_proto",
        ),
        maximum=16384,
    ),
    Target(
        "peers",
        _peers,
        lambda: [_serialized(lambda: trust_pb2.Peers(peers=[p.to_proto() for p in _members()]))],
        Shape.PROTOBUF,
        ("asterism.bootstrapper.assignment.Peer.from_proto",),
        (b"10.211.0.1", b"10.212.0.0/24", b"/24", b"/255.255.255.0", b"worker"),
        maximum=1024,
    ),
    Target("init-request", _init_request, _init_requests, Shape.PROTOBUF, ()),
    Target("init-response", _init_response, _init_responses, Shape.PROTOBUF, (), maximum=8192),
    Target(
        "ledger",
        _ledger,
        _ledgers,
        Shape.JSON,
        (
            "asterism.bootstrapper.trust.ledger.Ledger.from_json",
            "asterism.bootstrapper.durable.read_json",
            "asterism.bootstrapper.assignment.Peer.from_json",
            "asterism.bootstrapper.assignment.Assignment.from_json",
        ),
        _JSON_WORDS,
    ),
    Target(
        "membership",
        _membership,
        _memberships,
        Shape.JSON,
        (
            "asterism.bootstrapper.membership.Membership.load",
            "asterism.bootstrapper.membership.Membership.open_genesis",
        ),
        _JSON_WORDS,
        maximum=16384,
    ),
    Target(
        "loaded-images",
        _imported,
        lambda: [b"unpacking\ndocker.io/library/a:1\tsaved\napplication/tar\tsaved\n"],
        Shape.TEXT,
        ("asterism.bootstrapper.admin.image_load.imported_names",),
        (b"\tsaved", b"\x1b[1A"),
        maximum=512,
    ),
)
