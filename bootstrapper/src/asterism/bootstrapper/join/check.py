"""What a node checks of a join answer before it uses anything in it. Pure but for the clock."""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from asterism import clock
from asterism.attestation.claims import NodeClaims
from asterism.attestation.grant import Role
from asterism.attestation.policy import Policy
from asterism.bootstrapper.assignment import Assignment, Peer
from asterism.bootstrapper.certificates import KeyPair
from asterism.bootstrapper.kubelet import Credentials
from asterism.bootstrapper.machine_identity import Machine
from asterism.bootstrapper.membership import Membership
from asterism.bootstrapper.trust.nodes import api_server
from asterism.errors import AttestationError, Mismatch
from asterism.keys.authority import spki
from asterism.keys.documents import SignedDocument
from asterism.keys.genesis import Genesis
from asterism.keys.period import require_valid
from asterism.keys.unreadable import UNREADABLE
from asterism.proto.trust.v1 import trust_pb2


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys this node asks certificates for."""

    node: KeyPair
    kubelet_client: KeyPair
    kubelet_serving: KeyPair

    @classmethod
    def generate(cls) -> "Keys":
        """New keys for one join."""
        return cls(KeyPair.generate(), KeyPair.generate(), KeyPair.generate())


@dataclass(frozen=True, slots=True)
class Joined:
    """A join answer that was checked."""

    genesis: Genesis
    membership: Membership
    credentials: Credentials
    node_certificate: bytes
    node_key: bytes = field(repr=False)
    peers: tuple[Peer, ...]


def checked(
    machine: Machine,
    control_plane: NodeClaims,
    answer: trust_pb2.JoinResponse,
    keys: Keys,
    *,
    known: bytes | None,
) -> Joined:
    """The answer of a verified control plane, if all of it fits this machine.

    `known` is the cluster this node belongs to already. AttestationError JOI-101..107.
    """
    require_control_plane(machine, control_plane)
    document = SignedDocument.decode(answer.genesis)
    genesis = _owners_genesis(machine, document)
    _require_cluster(genesis, control_plane, known)
    assignment = _granted(machine, Assignment.from_proto(answer.assignment))
    policy = _current_policy(machine, answer.policy)
    credentials = _credentials(genesis, answer, keys)
    peers = tuple(Peer.from_proto(peer) for peer in answer.peers.peers)
    identity = genesis.authorities.identity
    _require_issued(answer.node_certificate, keys.node, identity, "node certificate")
    return Joined(
        genesis=genesis,
        membership=Membership(document, policy, assignment, known_api_server(answer, peers)),
        credentials=credentials,
        node_certificate=answer.node_certificate,
        node_key=keys.node.key,
        peers=peers,
    )


def require_control_plane(machine: Machine, peer: NodeClaims) -> None:
    """JOI-107 unless the owner made `peer` a control plane in the creation that made `machine`.

    The genesis names the owner and the cluster's name only. The create nonce of both grants tells
    this cluster from an earlier one of the same name and owner, whose image is as genuine.
    """
    own, other = machine.grant, peer.grant
    checks = (
        ("role", Role.CONTROL_PLANE.value, other.role.value),
        ("cluster", own.cluster, other.cluster),
        ("create nonce", own.nonce.hex(), other.nonce.hex()),
    )
    found = [
        Mismatch("JOI-107", f"control plane's grant: {claim}", expected, got, "own grant")
        for claim, expected, got in checks
        if expected != got
    ]
    if found:
        raise AttestationError(found)


def _owners_genesis(machine: Machine, document: SignedDocument) -> Genesis:
    try:
        genesis = Genesis.open(document, machine.owners)
    except AttestationError as exc:
        raise _refusal("JOI-101", "genesis", "signed by this machine's owner", str(exc)) from exc
    if genesis.cluster != machine.grant.cluster:
        raise _refusal("JOI-101", "cluster name", machine.grant.cluster, genesis.cluster)
    return genesis


def _require_cluster(genesis: Genesis, peer: NodeClaims, known: bytes | None) -> None:
    """Evidence, genesis and memory must name one cluster."""
    expected, bound = genesis.cluster_id, peer.cluster_id
    if bound != expected:
        got = bound.hex() if bound else "none"
        raise _refusal("JOI-102", "PCR 15 of the control plane", expected.hex(), got)
    if known is not None and known != expected:
        raise _refusal("JOI-106", "cluster", known.hex(), expected.hex())


def _granted(machine: Machine, assignment: Assignment) -> Assignment:
    grant = machine.grant
    if assignment.name != grant.slot or assignment.role is not grant.role:
        expected, got = f"{grant.slot} as {grant.role}", f"{assignment.name} as {assignment.role}"
        raise _refusal("JOI-103", "assignment", expected, got)
    return assignment


def known_api_server(answer: trust_pb2.JoinResponse, peers: tuple[Peer, ...]) -> str:
    """The API server's URL; JOI-103 unless it is that of a control plane among the members."""
    planes = [p.assignment for p in peers if p.assignment.role is Role.CONTROL_PLANE]
    known = [api_server(str(plane.mesh_address)) for plane in planes]
    if answer.api_server not in known:
        expected = " or ".join(known) or "one of a control plane"
        raise _refusal("JOI-103", "API server", expected, answer.api_server)
    return answer.api_server


def _current_policy(machine: Machine, data: bytes) -> SignedDocument:
    document = SignedDocument.decode(data)
    policy = Policy.open(document, machine.owners)
    if policy.epoch < machine.policy.epoch:
        expected = f"{machine.policy.epoch} or later"
        raise _refusal("JOI-105", "policy epoch", expected, str(policy.epoch))
    return document


def _credentials(genesis: Genesis, answer: trust_pb2.JoinResponse, keys: Keys) -> Credentials:
    """The kubelet's certificates, by the very authority that the genesis names."""
    authority = genesis.authorities.cluster
    client, serving = answer.kubelet_client_certificate, answer.kubelet_serving_certificate
    _require_issued(client, keys.kubelet_client, authority, "kubelet client certificate")
    _require_issued(serving, keys.kubelet_serving, authority, "kubelet serving certificate")
    return Credentials(
        cluster_ca=authority.encode(),
        client_certificate=client,
        client_key=keys.kubelet_client.key,
        serving_certificate=serving,
        serving_key=keys.kubelet_serving.key,
    )


def _require_issued(pem: bytes, pair: KeyPair, authority_pem: str, what: str) -> None:
    """JOI-104 unless the certificate is for our key and signed by the genesis' authority.

    DOC-017 when it is not valid by our clock.
    """
    authority = x509.load_pem_x509_certificate(authority_pem.encode())
    own = load_pem_private_key(pair.key, password=None).public_key()
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        certificate.verify_directly_issued_by(authority)
        key = certificate.public_key()
    except (InvalidSignature, *UNREADABLE) as exc:
        raise _refusal("JOI-104", what, "by the genesis' authority", str(exc) or "forged") from exc
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(
        own, ec.EllipticCurvePublicKey
    ):
        raise _refusal("JOI-104", what, "a P-256 key", type(key).__name__)
    if spki(key) != spki(own):
        raise _refusal("JOI-104", what, "this node's key", "another key")
    require_valid(certificate, what, clock.now())


def _refusal(error_id: str, claim: str, expected: str, got: str) -> AttestationError:
    return AttestationError.of(
        error_id, claim=claim, expected=expected, got=got, source="genesis and grant"
    )
