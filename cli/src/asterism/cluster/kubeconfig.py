"""The owner's kubeconfig entry of one cluster: made after init, or anew in an admin session."""

from dataclasses import dataclass
from pathlib import Path

from asterism.atls.purpose import Purpose
from asterism.attestation.anchors import EMULATED
from asterism.cluster import interrupts, session
from asterism.cluster.home import OwnerHome
from asterism.cluster.pin import Pin
from asterism.cluster.state import ClusterState
from asterism.cluster.user_key import UserKey
from asterism.config import network
from asterism.errors import AttestationError
from asterism.keys.owner import OwnerKey
from asterism.kube.kubeconfig import Entry, context_name

TIMEOUT = 15.0


@dataclass(frozen=True, slots=True)
class Merged:
    """What was done to which file."""

    context: str
    path: Path
    switched: bool


def entry(state: ClusterState, pin: Pin, key: UserKey, certificate: bytes) -> Entry:
    """The entry; authority and ID come from the pinned genesis, not from an answer."""
    genesis = pin.opened_genesis()
    return Entry(
        name=context_name(state.name),
        server=state.server,
        server_name=network.API_SERVER_NAME,
        authority=genesis.authorities.cluster.encode(),
        certificate=certificate,
        key=key.pem.reveal(),
        extension={
            "clusterID": genesis.cluster_id.hex(),
            "label": EMULATED if pin.opened_policy().anchors.emulated else "",
        },
    )


def issue(state: ClusterState, pin: Pin, owner: OwnerKey) -> Entry:
    """An entry with a fresh key and certificate, by an admin session with a control plane."""
    from asterism.proto.admin.v1.admin_pb2 import IssueUserCertificateRequest
    from asterism.proto.admin.v1.admin_pb2_grpc import AdminStub

    key = UserKey()
    machine = state.machines[0].name
    with session.channel(state.relay_port, pin, machine, Purpose.ADMIN, owner) as (channel, _):
        request = IssueUserCertificateRequest(csr=key.request)
        answer = AdminStub(channel).IssueUserCertificate(request, timeout=TIMEOUT)  # type: ignore[no-untyped-call]
    authorities = pin.opened_genesis().authorities
    if answer.cluster_ca != authorities.cluster.encode():
        raise AttestationError.of(
            "CLU-006",
            claim="cluster CA",
            expected="the pinned genesis' authority",
            got="another one",
            source="the owner's pin",
        )
    key.require_certificate(answer.certificate, authorities.user)
    return entry(state, pin, key, answer.certificate)


def require_usable(home: OwnerHome, cluster: str, explicit: Path | None) -> None:
    """Raise before anything is made what `merge` would raise in the end: UserError KCF-*."""
    home.kubeconfig(explicit).require_usable(context_name(cluster))


def merge(home: OwnerHome, made: Entry, explicit: Path | None, *, switch: bool) -> Merged:
    """Put the entry into the owner's kubeconfig."""
    file = home.kubeconfig(explicit)
    with interrupts.deferred():
        return Merged(made.name, file.path, file.merge(made, switch=switch))


def remove(home: OwnerHome, cluster: str, also: Path | None = None) -> list[Path]:
    """Take the cluster's entries out of all of the owner's files; the files that had any."""
    files = dict.fromkeys([*home.kubeconfigs(), *([also] if also is not None else [])])
    name = context_name(cluster)
    return [file for file in files if home.kubeconfig_at(file).remove(name)]
