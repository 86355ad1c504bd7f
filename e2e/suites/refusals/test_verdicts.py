"""Verdicts that somebody else supplies: a verifier decides for itself, in its own process."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from asterism import clock
from asterism.attestation.pcr15 import Unbound
from asterism.attestation.verify import verify_evidence
from asterism.e2e import twins
from asterism.e2e.lab import audit
from asterism.e2e.lab.attackers import Impostor
from asterism.e2e.lab.machine import LabMachine
from asterism.e2e.lab.opening import open_init, open_with, shown_by, verified
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import fails, refused
from asterism.e2e.lab.sides import owners_side
from asterism.e2e.lab.starting import PowerOn
from asterism.e2e.lab.wire import aside
from asterism.machine.makers.store import MakerStore
from asterism.proto.session.v1.session_pb2 import Verdict

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]


@dataclass
class FakeVerifier:
    """A socket of the host's that calls everything valid."""

    path: Path
    asked: list[bytes] = field(default_factory=list)

    def serve(self, server: socket.socket) -> None:
        """Answer until the socket is shut down."""
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            with caller:
                self.asked.append(caller.makefile("rb").read())
                caller.sendall(b'{"valid": true}')


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVerifier]:
    """The fake verifier, which the environment names as well."""
    made = FakeVerifier(tmp_path / "verifier.sock")
    monkeypatch.setenv("ASTERISM_VERIFIER", str(made.path))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(made.path))
        server.listen()
        thread = threading.Thread(target=made.serve, args=(server,))
        thread.start()
        yield made
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture
def foreign(owner: LabOwner, strangers: MakerStore, power_on: PowerOn) -> LabMachine:
    """A machine under roots that the owner does not know."""
    return power_on(owner, makers=strangers)


@pytest.mark.attack("A13", refused="ATT-103")
def test_a_verdict_of_the_hosts_is_not_asked_for(
    owner: LabOwner, foreign: LabMachine, fake: FakeVerifier
) -> None:
    """A13: the owner's side refuses the machine, whatever the host's verifier says of it."""
    with refused("ATT-103"):
        open_init(owner, foreign.prover)
    assert not fake.asked


def test_verification_asks_nothing_of_the_host(owner: LabOwner, power_on: PowerOn) -> None:
    """A13: no file is opened, no socket connected and no program run between proof and claims."""
    machine = power_on(owner)
    prover, policy = machine.prover, owner.policy()
    verified(owner, prover, policy=policy)
    evidence, binding = shown_by(prover)
    with audit.asked() as events:
        verify_evidence(evidence, binding=binding, policy=policy, pcr15=Unbound(), at=clock.now())
    assert not events


@pytest.mark.attack("A13", refused="TLS-012")
def test_a_verdict_in_the_place_of_a_proof_is_refused(owner: LabOwner) -> None:
    """A13: a listener that calls the owner accepted has not shown who it is itself."""
    ours, theirs = socket.socketpair()
    impostor = Impostor(Verdict(), ak_name=bytes(34))
    playing = aside(lambda: impostor.accept(theirs))
    with fails("TLS-012"):
        owners_side(owner).dial(ours)
    playing.result(10)


@pytest.mark.twin("A13")
def test_twin_of_a_verdict_of_the_hosts(
    owner: LabOwner, foreign: LabMachine, fake: FakeVerifier
) -> None:
    """A13: a verifier that asks the host's takes the foreign machine."""
    open_with(owner, twins.load("A13").OutsourcedVerifier(fake.path), foreign.prover)
    assert fake.asked
