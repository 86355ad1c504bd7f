"""The trust service: admits machines, remembers them, tells everybody who the members are.

Thread-safe. A join is answered only after the ledger that holds it is on disk.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from asterism import clock
from asterism.attestation.claims import NodeClaims
from asterism.attestation.grant import Role
from asterism.bootstrapper import certificates
from asterism.bootstrapper.assignment import Assignment, Peer, attest_port, underlay_address
from asterism.bootstrapper.authorities import Authorities
from asterism.bootstrapper.trust.admission import admit, applicant_of, platform_of
from asterism.bootstrapper.trust.ledger import Ledger, LedgerFile, Member
from asterism.bootstrapper.trust.nodes import api_server
from asterism.errors import AttestationError, InternalError
from asterism.keys.documents import SignedDocument
from asterism.keys.genesis import Genesis
from asterism.proto.trust.v1 import trust_pb2

ADMITTED_ROLES = frozenset({Role.WORKER})
"""Further control planes need the authorities, which this version hands to nobody."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What the trust service speaks for: the genesis as value and document, and the policy."""

    genesis: Genesis
    document: SignedDocument
    policy: SignedDocument


class TrustService:
    """Of one control plane. `changed` is called after each change of the ledger."""

    def __init__(
        self,
        cluster: Cluster,
        authorities: Authorities,
        file: LedgerFile,
        ledger: Ledger,
        changed: Callable[[], None],
    ) -> None:
        self.cluster = cluster
        self._authorities = authorities
        self._file = file
        self._ledger = ledger
        self._changed = changed
        self._version = 0
        self._news = threading.Condition()

    @property
    def members(self) -> tuple[Member, ...]:
        """Who is a member now."""
        return self._ledger.members

    def peers(self) -> trust_pb2.Peers:
        """All members, as peers see them."""
        return trust_pb2.Peers(peers=[m.peer.to_proto() for m in self.members])

    def member_of(self, claims: NodeClaims) -> Member:
        """The membership of a verified machine; AttestationError JOI-010 if it has none."""
        platform = platform_of(claims)
        member = self._ledger.by_platform(platform)
        if member is None:
            raise AttestationError.of(
                "JOI-010",
                claim="member",
                expected="a platform of the ledger",
                got=platform.hex(),
                source="ledger",
            )
        return member

    def join(self, claims: NodeClaims, request: trust_pb2.JoinRequest) -> trust_pb2.JoinResponse:
        """Admit the machine, or give it its place again.

        AttestationError JOI-001..006, 009 or DOC-013; RemoteProtocolError JOI-103 for an address
        outside the underlay; UserError JOI-007.
        """
        applicant = applicant_of(
            claims,
            owners=self.cluster.genesis.owners,
            underlay_address=underlay_address(request.underlay_address),
            attest_port=attest_port(request.attest_port),
        )
        with self._news:
            name = self.cluster.genesis.cluster
            ledger, member = admit(self._ledger, applicant, cluster=name, roles=ADMITTED_ROLES)
            issued = self._issue(member.assignment, request)
            self._put(ledger)
        issued.peers.CopyFrom(self.peers())
        return issued

    def watch(self, seen: int, timeout: float) -> int:
        """The version of the ledger once it is newer than `seen`, or after `timeout` seconds."""
        with self._news:
            self._news.wait_for(lambda: self._version > seen, timeout)
            return self._version

    def _put(self, ledger: Ledger) -> None:
        if ledger != self._ledger:
            self._file.save(ledger)
            self._ledger = ledger
            self._version += 1
            self._news.notify_all()
        self._changed()

    def _issue(self, own: Assignment, request: trust_pb2.JoinRequest) -> trust_pb2.JoinResponse:
        """Everything the node needs. Before anything is written: a bad request leaves no trace."""
        at, authorities = clock.now(), self._authorities
        return trust_pb2.JoinResponse(
            assignment=own.to_proto(),
            genesis=self.cluster.document.encode(),
            policy=self.cluster.policy.encode(),
            node_certificate=certificates.node_certificate(
                authorities.identity, request.node_csr, own, at
            ),
            identity_ca=authorities.identity.certificate_pem,
            kubelet_client_certificate=certificates.kubelet_client(
                authorities.cluster, request.kubelet_client_csr, own, at
            ),
            kubelet_serving_certificate=certificates.kubelet_serving(
                authorities.cluster, request.kubelet_serving_csr, own, at
            ),
            cluster_ca=authorities.cluster.certificate_pem,
            api_server=api_server(str(self._control_plane().assignment.mesh_address)),
        )

    def _control_plane(self) -> Peer:
        for member in self._ledger.members:
            if member.assignment.role is Role.CONTROL_PLANE:
                return member.peer
        raise InternalError("INT-001", "a ledger without a control plane")
