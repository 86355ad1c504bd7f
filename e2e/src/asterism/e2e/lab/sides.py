"""The honest sides of sessions in the lab: owner, machine, member; and what one of them shows."""

from dataclasses import dataclass

from typing_extensions import override

from asterism.atls.prover import OwnerProver, Prover
from asterism.atls.verifier import StandardVerifier, Verifier
from asterism.attestation.binding import Binding
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.wire import Party, meet
from asterism.proto.session.v1.session_pb2 import Proof


def owners_side(owner: LabOwner, verifier: Verifier | None = None) -> Party:
    """The owner, with the verifier of the command line or another."""
    return Party(OwnerProver(owner.key), verifier or StandardVerifier(policy=owner.policy()))


def machines_side(owner: LabOwner, prover: Prover) -> Party:
    """The machine, which serves its owner."""
    return Party(prover, StandardVerifier(owners=[owner.key.public]))


def members_side(owner: LabOwner, machine: LabMachine, *, announces: bool = False) -> Party:
    """A member of a cluster, which expects the same of others; `announces` it in a join."""
    assert machine.binding.bound is not None
    cluster = machine.binding.bound.cluster_id
    verifier = StandardVerifier(policy=owner.policy(), cluster_id=cluster)
    return Party(machine.prover, verifier, cluster if announces else b"")


@dataclass
class Recorder(Prover):
    """Proves with `inner` and keeps what it proved last."""

    inner: Prover
    last: Proof | None = None

    @property
    @override
    def ak_name(self) -> bytes:
        return self.inner.ak_name

    @override
    def prove(self, binding: Binding) -> Proof:
        self.last = self.inner.prove(binding)
        return self.last


def recorded(owner: LabOwner, machine: LabMachine) -> Proof:
    """The proof of an honest session, as somebody who sees evidence could keep it."""
    recorder = Recorder(machine.prover)
    meet(owners_side(owner), machines_side(owner, recorder)).close()
    assert recorder.last is not None
    return recorder.last
