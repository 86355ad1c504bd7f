"""Hundreds of connections that never prove anything, and honest peers among them."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from asterism import clock
from asterism.atls.prover import AnonymousProver
from asterism.atls.purpose import Purpose
from asterism.atls.session import Session, Terms, dial
from asterism.atls.verifier import StandardVerifier
from asterism.attestation.grant import Role
from asterism.e2e import sightings, twins
from asterism.e2e.flood import Flood
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.sides import members_side
from asterism.e2e.lab.starting import PowerOn
from asterism.e2e.lab.wire import SERVER_NAME, Party
from asterism.errors import Error
from asterism.net.half_open import HalfOpen
from asterism.net.listener import Listener

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]

CONNECTIONS = 500
SOURCES = [f"127.0.1.{number}" for number in range(1, 33)]
LIMIT = 10.0
"""Seconds within which an honest peer is served."""
CLUSTER = b"\x15" + bytes(31)


@pytest.fixture
def member(owner: LabOwner, power_on: PowerOn) -> LabMachine:
    """The control plane of a running cluster."""
    machine = power_on(owner)
    machine.binding.bind(CLUSTER)
    return machine


@contextmanager
def attest_port(side: Party, half_open: HalfOpen) -> Iterator[tuple[str, int]]:
    """The attest port of `side` on loopback."""
    terms = Terms(side.prover, side.verifier, side.cluster_id)
    unnamed = Terms(side.prover, side.verifier)
    server = socket.create_server(("127.0.0.1", 0))
    listener = Listener(
        server,
        terms=lambda: {Purpose.JOIN: terms, Purpose.VERIFY: unnamed},
        api_server=lambda: None,
        on_session=Session.close,
        half_open=half_open,
    )
    address: tuple[str, int] = server.getsockname()
    serving = threading.Thread(target=listener.serve)
    serving.start()
    yield address
    listener.close()
    serving.join(LIMIT)


@contextmanager
def flooded(address: tuple[str, int]) -> Iterator[None]:
    """While the block runs, CONNECTIONS half-open connections are held, and opened again."""
    flood, over = Flood(address, SOURCES, CONNECTIONS), threading.Event()

    def go_on() -> None:
        while not over.is_set():
            flood.keep_up()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(LIMIT)
        flood.close()


def visit(address: tuple[str, int], side: Party, purpose: Purpose) -> float:
    """One honest session; how long it took to open, in seconds."""
    begin = clock.monotonic()
    dial(
        address, purpose, side.prover, side.verifier, server_name=SERVER_NAME, timeout=LIMIT
    ).close()
    return clock.monotonic() - begin


@pytest.mark.attack("A15", refused="TLS-004")
def test_honest_peers_are_served_beside_half_open_connections(
    owner: LabOwner, member: LabMachine, power_on: PowerOn, caplog: pytest.LogCaptureFixture
) -> None:
    """A15: a join and a verification, each under ten seconds; idle connections give way."""
    worker = power_on(owner, "lab-worker-1", Role.WORKER)
    joining = Party(worker.prover, StandardVerifier(policy=owner.policy()))
    verifying = Party(
        AnonymousProver(), StandardVerifier(policy=owner.policy(), cluster_id=CLUSTER)
    )
    caplog.set_level(logging.INFO, "asterism.net.listener")
    with (
        attest_port(members_side(owner, member, announces=True), HalfOpen()) as address,
        flooded(address),
    ):
        assert visit(address, joining, Purpose.JOIN) < LIMIT
        assert visit(address, verifying, Purpose.VERIFY) < LIMIT
    assert "[TLS-004] the peer left before its client hello" in caplog.text
    sightings.refusal("TLS-004")


@pytest.mark.twin("A15")
def test_twin_of_half_open_connections(owner: LabOwner, member: LabMachine) -> None:
    """A15: where whoever has a place keeps it, nobody else gets in."""
    verifying = Party(
        AnonymousProver(), StandardVerifier(policy=owner.policy(), cluster_id=CLUSTER)
    )
    stubborn = twins.load("A15").FirstComeFirstServed()
    with (
        attest_port(members_side(owner, member, announces=True), stubborn) as address,
        flooded(address),
        pytest.raises(Error, match=r"TLS-00[34]"),
    ):
        visit(address, verifying, Purpose.VERIFY)
