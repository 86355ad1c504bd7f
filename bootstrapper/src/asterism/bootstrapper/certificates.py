"""Which certificates exist, with which names, and for how long. Names follow the assignment only.

Life times are long because this version does not renew; leases shorten them to minutes.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from asterism.bootstrapper.assignment import Assignment
from asterism.keys.authority import Authority
from asterism.keys.names import Names, Profile

NODE_LIFETIME: Final = timedelta(days=365)
USER_LIFETIME: Final = timedelta(days=30)
NODES_GROUP: Final = "system:nodes"
LOCAL: Final = IPv4Address("127.0.0.1")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new P-256 key (PEM, PKCS#8) and the request that proves its possession (DER)."""

    key: bytes = field(repr=False)
    request: bytes

    @classmethod
    def generate(cls) -> "KeyPair":
        """The request names nobody: whoever signs it decides the names."""
        key = ec.generate_private_key(ec.SECP256R1())
        empty = x509.CertificateSigningRequestBuilder(x509.Name([]))
        request = empty.sign(key, SHA256()).public_bytes(Encoding.DER)
        return cls(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), request)


def node_certificate(identity: Authority, csr: bytes, own: Assignment, at: datetime) -> bytes:
    """The node's name towards its peers, PEM."""
    names = Names(own.name, ("asterism:nodes",), (own.name,), (own.mesh_address,))
    return _issue(identity, csr, names, Profile.PEER, at, NODE_LIFETIME)


def kubelet_client(cluster: Authority, csr: bytes, own: Assignment, at: datetime) -> bytes:
    """The kubelet's user towards the API server, PEM (node authorizer's form)."""
    names = Names(f"system:node:{own.name}", (NODES_GROUP,))
    return _issue(cluster, csr, names, Profile.CLIENT, at, NODE_LIFETIME)


def kubelet_serving(cluster: Authority, csr: bytes, own: Assignment, at: datetime) -> bytes:
    """What the kubelet shows to the API server, PEM."""
    names = Names(f"system:node:{own.name}", (NODES_GROUP,), (own.name,), (own.mesh_address, LOCAL))
    return _issue(cluster, csr, names, Profile.SERVING, at, NODE_LIFETIME)


def owner_user(user: Authority, csr: bytes, owner_key: bytes, group: str, at: datetime) -> bytes:
    """An owner's user towards the API server, PEM. `owner_key` is the Ed25519 key, 32 bytes."""
    names = Names(f"asterism:owner:{owner_key.hex()[:16]}", (group,))
    return _issue(user, csr, names, Profile.CLIENT, at, USER_LIFETIME)


def agent_client(cluster: Authority, csr: bytes, node: str, at: datetime) -> bytes:
    """The agent of a control plane towards its API server, PEM.

    `system:masters`, because it makes the first roles; the agent holds the authority anyway.
    """
    names = Names(f"asterism:agent:{node}", ("system:masters",))
    return _issue(cluster, csr, names, Profile.CLIENT, at, NODE_LIFETIME)


def _issue(
    authority: Authority,
    csr: bytes,
    names: Names,
    profile: Profile,
    at: datetime,
    lifetime: timedelta,
) -> bytes:
    issued = authority.issue(csr, names, profile, at=at, lifetime=lifetime)
    return issued.public_bytes(Encoding.PEM)
