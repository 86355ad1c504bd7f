"""Routes and rules as text."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from asterism.bootstrapper import networking
from asterism.bootstrapper.assignment import Assignment, Peer
from asterism.bootstrapper.trust.admission import Applicant, admit
from asterism.bootstrapper.trust.ledger import Ledger, Member
from asterism.errors import RemoteProtocolError

MEMBERS = "{ 10.211.0.0/24, 10.212.0.0/16 }"


@pytest.fixture
def worker(ledger: Ledger, applicant: Applicant) -> Peer:
    """A second member."""
    _, member = admit(ledger, applicant, cluster="local", roles={applicant.grant.role})
    return member.peer


def test_routes_lead_to_peers_and_not_to_oneself(control_plane: Member, worker: Peer) -> None:
    """Two routes for each peer: its mesh address and its pods, over its underlay address."""
    text = networking.route_commands(control_plane.assignment, [control_plane.peer, worker])
    assert text.splitlines() == [
        "route replace 10.211.0.2/32 via 10.210.0.12 dev eth0 src 10.211.0.1 proto 85",
        "route replace 10.212.1.0/24 via 10.210.0.12 dev eth0 src 10.211.0.1 proto 85",
    ]


def test_services_are_called_from_the_mesh_address(control_plane: Member) -> None:
    """And what nobody translates never reaches the wires."""
    lines = networking.mesh_commands(control_plane.assignment).splitlines()
    assert lines[-1] == "route replace 10.213.0.0/16 dev mesh0 src 10.211.0.1"


def test_what_is_masqueraded_for_members_leaves_from_the_mesh_address(
    control_plane: Member,
) -> None:
    """Members accept nothing from the wires' addresses; rules of an earlier agent are replaced."""
    lines = networking.source_ruleset(control_plane.assignment).splitlines()
    assert lines[:2] == ["table inet asterism-source", "delete table inet asterism-source"]
    assert (
        f'oifname "eth0" ip daddr {MEMBERS} meta mark & 0x4000 == 0x4000 snat ip to 10.211.0.1'
    ) in [line.strip() for line in lines]


def test_routes_of_members_that_left_are_stale(control_plane: Member, worker: Peer) -> None:
    """What the kernel shows beyond the wanted routes is to go."""
    wanted = networking.route_commands(control_plane.assignment, [worker])
    shown = (
        "10.211.0.2 via 10.210.0.12 dev eth0 src 10.211.0.1\n"
        "10.211.0.7 via 10.210.0.17 dev eth0 src 10.211.0.1\n"
        "10.212.1.0/24 via 10.210.0.12 dev eth0 src 10.211.0.1\n"
    )
    assert networking.stale_routes(shown, wanted) == ["10.211.0.7"]


def test_the_address_is_read_from_what_ip_shows() -> None:
    """The first line of `ip -4 -o address show`."""
    shown = (
        "7: eth0    inet 10.210.0.12/24 brd 10.210.0.255 scope global eth0\\ valid_lft forever\n"
    )
    assert networking.parse_address(shown) == IPv4Address("10.210.0.12")


def test_peers_outside_the_clusters_ranges_are_refused(worker: Peer) -> None:
    """A route to the owner's network or to everything cannot be smuggled in."""
    for broken in (
        replace(worker, underlay_address=IPv4Address("192.0.2.1")),
        replace(
            worker, assignment=replace(worker.assignment, mesh_address=IPv4Address("10.0.0.1"))
        ),
    ):
        with pytest.raises(RemoteProtocolError, match="JOI-103"):
            Peer.from_proto(broken.to_proto())


def test_an_assignment_survives_the_wire(control_plane: Member) -> None:
    """Every field, in both directions."""
    own = control_plane.assignment
    assert Assignment.from_proto(own.to_proto()) == own
    assert Assignment.from_json(own.to_json()) == own


def test_only_the_attest_port_answers_strangers() -> None:
    """Every accept in the input chain needs a member's address, an old connection, or that port."""
    body = networking.ruleset().split("chain input")[1].split("}\n")[0]
    accepts = [line.strip() for line in body.splitlines() if line.strip().endswith("accept")]
    assert accepts == [
        'iifname != "eth0" accept',
        "ct state established,related accept",
        f"ip saddr {MEMBERS} ip daddr {MEMBERS} accept",
        "tcp dport 9443 ip daddr 10.210.0.0/24 accept",
        "meta l4proto icmp accept",
    ]
