"""From settings to a recorded plan: machines with addresses, signed documents, the first pin."""

from dataclasses import dataclass

import msgspec

from asterism import clock
from asterism.attestation.grant import NONCE_SIZE, Role
from asterism.cluster import documents, pin, state, trust
from asterism.cluster.config import Cluster, require_supported
from asterism.cluster.documents import MachineDocuments
from asterism.cluster.home import OwnerHome
from asterism.cluster.image import Image
from asterism.cluster.pin import Pin
from asterism.cluster.state import ClusterState, Machine
from asterism.config import network
from asterism.errors import ProvisionError, UserError
from asterism.keys.owner import OwnerKey

FIRST_HOST = 11
"""Machines take underlay addresses from here on; lower ones are the network's own."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made, and by whose word."""

    state: ClusterState
    pin: Pin
    owner: OwnerKey
    documents: list[MachineDocuments]

    @property
    def first(self) -> str:
        """Name of the first control plane."""
        return self.state.machines[0].name


def machines(settings: Cluster) -> tuple[Machine, ...]:
    """All machines with their places on the underlay, control planes first."""
    names = settings.machines()
    roles = [Role.CONTROL_PLANE] * settings.nodes.control_planes
    roles += [Role.WORKER] * settings.nodes.workers
    return tuple(
        Machine(name, role.value, str(network.UNDERLAY[FIRST_HOST + number]))
        for number, (name, role) in enumerate(zip(names, roles, strict=True))
    )


def recorded(name: str) -> ClusterState | None:
    """The record of a `create` that began before, None if there is none that can go on."""
    try:
        return state.load(name)
    except UserError:
        return None  # never begun, or interrupted before the first record


def settings_of(record: ClusterState) -> Cluster:
    """What the record was begun with; settings that are newer than it have their defaults.

    ProvisionError CLU-014 for settings that this version does not know.
    """
    try:
        return msgspec.convert(record.settings, Cluster)
    except msgspec.ValidationError as exc:
        raise ProvisionError("CLU-014", f"settings of `{record.name}`: {exc}") from exc


def require_same(settings: Cluster, record: ClusterState) -> None:
    """UserError CLU-003 unless the record was begun with exactly these settings."""
    if settings_of(record) != settings:
        raise UserError("CLU-003", f"`{record.name}` is at phase {record.phase.name.lower()}")


def draft(settings: Cluster, image: Image, home: OwnerHome) -> Plan:
    """A new plan, signed, of which nothing is on disk yet."""
    require_supported(settings)
    owner = home.owner_key_made()
    anchors = trust.recorded(home)
    signed_policy = documents.policy(
        settings.policy, image.reference_values(home, owner), anchors, owner
    )
    nonce = clock.random_bytes(NONCE_SIZE)
    planned = machines(settings)
    made = documents.for_machines(settings.name, nonce, planned, signed_policy, owner)
    record = ClusterState(
        name=settings.name,
        created=clock.now().isoformat(timespec="seconds"),
        image=str(image.directory),
        nonce=nonce.hex(),
        settings=msgspec.to_builtins(settings),
        machines=planned,
    )
    first_pin = Pin(
        cluster=settings.name,
        nonce=nonce.hex(),
        owner=owner.public,
        policy=signed_policy,
        machines={item.machine.name: item.digest for item in made},
    )
    return Plan(record, first_pin, owner, made)


def begin(drafted: Plan, home: OwnerHome) -> None:
    """Write a plan down: first the pin, without which nothing is believed, then the state."""
    pin.save(home, drafted.pin)
    state.save(drafted.state)


def resume(record: ClusterState, home: OwnerHome) -> Plan:
    """The plan of an interrupted `create`; UserError CLU-005 if it was another owner's."""
    owner = home.owner_key()
    known = pin.require(home, record.name)
    if known.nonce != record.nonce or known.owner != owner.public:
        raise UserError("CLU-005", f"`{record.name}` was begun by another owner")
    made = documents.for_machines(
        record.name, bytes.fromhex(record.nonce), record.machines, known.policy, owner
    )
    return Plan(record, known, owner, made)
