"""The running node: what it is, its cluster, and on what terms it talks to others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asterism.atls import session
from asterism.atls.prover import Prover
from asterism.atls.purpose import Purpose
from asterism.atls.session import Terms
from asterism.atls.verifier import StandardVerifier
from asterism.attestation.grant import Role
from asterism.bootstrapper.cluster_binding import ClusterBinding
from asterism.bootstrapper.keymemory import KeyMemory
from asterism.bootstrapper.machine_identity import Machine
from asterism.bootstrapper.membership import Membership
from asterism.bootstrapper.trust.keeper import NodeKeeper
from asterism.bootstrapper.trust.service import TrustService
from asterism.config import network
from asterism.kube.rest import ApiClient

OF_MEMBERS = (Purpose.VERIFY, Purpose.ADMIN)
OF_CONTROL_PLANES = (Purpose.JOIN, Purpose.REJOIN)


@dataclass(slots=True)
class Node:
    """Mutable on purpose, and only here: `membership`, `trust`, `keeper` and `api` come with time.

    Each is set once by the flow that makes it (init, join, restart) and then only read.
    """

    machine: Machine
    prover: Prover
    binding: ClusterBinding
    directory: Path
    keys: KeyMemory = field(default_factory=KeyMemory, repr=False)
    membership: Membership | None = None
    trust: TrustService | None = field(default=None, repr=False)
    keeper: NodeKeeper | None = field(default=None, repr=False)
    api: ApiClient | None = field(default=None, repr=False)

    @property
    def cluster_id(self) -> bytes | None:
        """The cluster in PCR 15, None before this machine belongs to one."""
        bound = self.binding.bound
        return bound.cluster_id if bound else None

    def remembered_cluster_id(self) -> bytes | None:
        """The cluster of this machine, be it only by its state disk as after a reboot."""
        if self.membership is None:
            return self.cluster_id
        return self.membership.open_genesis(self.machine.owners).cluster_id

    @property
    def is_control_plane(self) -> bool:
        """Whether the owner granted that role."""
        return self.machine.grant.role is Role.CONTROL_PLANE

    def api_server(self) -> session.Address | None:
        """Where the server name `kubernetes` leads: this control plane's API server."""
        if self.membership is None or not self.is_control_plane:
            return None
        return str(self.membership.assignment.mesh_address), network.API_PORT

    def verifier(self) -> StandardVerifier:
        """What this node expects of others at this moment."""
        return StandardVerifier(
            policy=self.machine.policy, cluster_id=self.cluster_id, owners=self.machine.owners
        )

    def terms(self) -> Mapping[Purpose, Terms]:
        """The purposes this node answers at this moment; one that is missing is refused."""
        purposes: list[Purpose] = []
        if self.is_control_plane:
            purposes.append(Purpose.INIT)
        if self.cluster_id is not None:
            purposes += OF_MEMBERS
        if self.trust is not None:
            purposes += OF_CONTROL_PLANES
        return {purpose: self._terms_of(purpose) for purpose in purposes}

    def _terms_of(self, purpose: Purpose) -> Terms:
        announced = self.cluster_id if purpose is Purpose.JOIN else None
        return Terms(self.prover, self.verifier(), announced or b"")
