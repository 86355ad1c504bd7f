"""What a joining node refuses before it uses an answer."""

from dataclasses import replace
from ipaddress import IPv4Address
from types import SimpleNamespace
from typing import Any, cast

import pytest

from asterism.atls import session
from asterism.atls.purpose import Purpose
from asterism.attestation.claims import NodeClaims
from asterism.attestation.grant import Grant, Role
from asterism.bootstrapper.assignment import Peer
from asterism.bootstrapper.join import check, client
from asterism.bootstrapper.machine_identity import Machine
from asterism.bootstrapper.trust.ledger import Member
from asterism.errors import AttestationError
from asterism.proto.trust.v1 import trust_pb2

NONCE = bytes(range(32))
OWN = Grant("local", NONCE, "local-worker-1", Role.WORKER)
PLANE = Grant("local", NONCE, "local-cp-1", Role.CONTROL_PLANE)


def machine() -> Machine:
    """A worker; only its grant matters here."""
    return cast("Machine", SimpleNamespace(grant=OWN))


def peer(grant: Grant) -> NodeClaims:
    """A verified machine with this grant."""
    return cast("NodeClaims", SimpleNamespace(grant=grant))


def test_a_control_plane_of_the_same_creation_is_asked() -> None:
    """Same cluster, same create nonce, and the owner's word that it is a control plane."""
    check.require_control_plane(machine(), peer(PLANE))


@pytest.mark.parametrize(
    "grant",
    [
        replace(PLANE, role=Role.WORKER),
        replace(PLANE, nonce=bytes(range(1, 33))),
        replace(PLANE, cluster="other"),
    ],
    ids=["a worker", "an earlier cluster of that name", "another cluster"],
)
def test_any_other_genuine_machine_of_the_owner_is_refused(grant: Grant) -> None:
    """JOI-107, though its image, its owner and even the cluster's name may be right."""
    with pytest.raises(AttestationError, match="JOI-107"):
        check.require_control_plane(machine(), peer(grant))


@pytest.mark.parametrize("purpose", [Purpose.JOIN, Purpose.REJOIN])
def test_nothing_is_said_to_a_machine_that_is_no_control_plane(
    monkeypatch: pytest.MonkeyPatch, purpose: Purpose
) -> None:
    """The session is closed before a request leaves, when joining and when following alike."""
    closed: list[bool] = []
    worker = replace(PLANE, role=Role.WORKER)
    opened = SimpleNamespace(
        claims=SimpleNamespace(node=peer(worker)), close=lambda: closed.append(True)
    )
    monkeypatch.setattr(session, "dial", lambda *_a, **_k: opened)
    node: Any = SimpleNamespace(machine=machine(), prover=None, verifier=lambda: None)
    with pytest.raises(AttestationError, match="JOI-107"):
        client._dial(node, ("10.210.0.12", 9443), purpose)
    assert closed == [True]


@pytest.mark.parametrize(
    "url",
    ["https://10.211.0.2:6443", "https://192.0.2.1:6443", "http://10.211.0.1:6443", ""],
    ids=["a worker", "elsewhere", "in clear", "nothing"],
)
def test_the_api_server_is_that_of_a_control_plane(control_plane: Member, url: str) -> None:
    """JOI-103 for any other URL: the kubelet's client key would be shown there."""
    worker = Peer(
        replace(control_plane.assignment, role=Role.WORKER, mesh_address=IPv4Address("10.211.0.2")),
        IPv4Address("10.210.0.12"),
        9443,
    )
    peers = (control_plane.peer, worker)
    good = trust_pb2.JoinResponse(api_server="https://10.211.0.1:6443")
    assert check.known_api_server(good, peers) == good.api_server
    with pytest.raises(AttestationError, match="JOI-103"):
        check.known_api_server(trust_pb2.JoinResponse(api_server=url), peers)
