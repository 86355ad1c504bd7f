"""Values that several tests start from."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from asterism.attestation.grant import Grant, Role
from asterism.bootstrapper.assignment import Assignment, Peer
from asterism.bootstrapper.trust.admission import Applicant
from asterism.bootstrapper.trust.ledger import Ledger, Member

NONCE = bytes(range(32))
CLUSTER_ID = bytes(range(32, 64))


@pytest.fixture
def control_plane() -> Member:
    """The first member of the cluster `local`."""
    own = Assignment(
        "local-cp-1",
        Role.CONTROL_PLANE,
        IPv4Address("10.211.0.1"),
        IPv4Network("10.212.0.0/24"),
        1,
    )
    peer = Peer(own, IPv4Address("10.210.0.11"), 9443)
    return Member(peer, b"p" * 32, b"c" * 64, "snp", emulated=True)


@pytest.fixture
def ledger(control_plane: Member) -> Ledger:
    """A cluster with its control plane only."""
    return Ledger(CLUSTER_ID, NONCE, (control_plane,))


@pytest.fixture
def applicant() -> Applicant:
    """A machine with a good grant for `local-worker-1`."""
    return Applicant(
        grant=Grant("local", NONCE, "local-worker-1", Role.WORKER),
        platform=b"q" * 32,
        chip=b"d" * 64,
        emulated=True,
        underlay_address=IPv4Address("10.210.0.12"),
        attest_port=9443,
    )
