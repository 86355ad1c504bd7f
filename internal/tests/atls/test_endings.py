"""How conversations end: what is written down, what still arrives, what is left open."""
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import logging
import socket
import threading
import time
from typing import Any

import pytest

from asterism.atls import conversation
from asterism.atls.prover import AnonymousProver
from asterism.atls.pump import pump
from asterism.atls.purpose import Purpose, Role
from asterism.atls.session import Terms
from asterism.atls.stream import Deadline
from asterism.errors import AttestationError, Error, PeerRefusedError, RemoteProtocolError


class Picky(AnonymousProver):
    """Verifies nobody."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def verify(self, *_: Any) -> Any:
        """Refuse."""
        raise self._error


def reason() -> AttestationError:
    """A refusal with words of its own."""
    return AttestationError.of("ATT-110", claim="c", expected="inside", got="g", source="s")


def lines(caplog, level: int) -> list[str]:
    """What was logged at this level."""
    return [record.getMessage() for record in caplog.records if record.levelno == level]


@pytest.mark.parametrize("refuser", list(Role))
def test_both_sides_write_down_who_refused_whom(stage, cast, caplog, refuser) -> None:
    """The refuser in full, the refused with the ID that it was told."""
    picky = Picky(reason())
    terms = {Purpose.MESH: Terms(cast.right, picky)} if refuser is Role.LISTENER else None
    verifier = picky if refuser is Role.DIALLER else None
    with caplog.at_level(logging.WARNING):
        stage.play(Purpose.MESH, terms=terms, verifier=verifier)
    told, full = sorted(lines(caplog, logging.WARNING), key=lambda line: "inside" in line)
    role = f" as {refuser.other.name.lower()}: "
    assert role in full
    assert "inside" in full
    assert role in told
    assert "ATT-110" in told
    assert "inside" not in told
    assert "this host" in told
    assert "this host" in full


def test_a_bug_is_written_down_with_its_place(stage, cast, caplog) -> None:
    """The peer learns INT-001, the log the traceback."""
    terms = {Purpose.MESH: Terms(cast.right, Picky(ZeroDivisionError("bug")))}
    with caplog.at_level(logging.WARNING):
        played = stage.play(Purpose.MESH, terms=terms)
    assert played.dialler.error_id == "INT-001"
    (record,) = [found for found in caplog.records if found.levelno == logging.ERROR]
    assert record.exc_info
    assert "dialler" in record.getMessage()


def test_a_session_that_opens_is_no_news(stage, caplog) -> None:
    """Nothing to warn of."""
    with caplog.at_level(logging.WARNING):
        assert stage.play(Purpose.MESH).sessions
    assert lines(caplog, logging.WARNING) == []


@pytest.mark.parametrize("said", ["ATT-110", "TLS-021"])
def test_an_id_of_ours_is_taken_over(stage, said) -> None:
    """The refused side shows cause and hint of its own catalogue."""
    near, far = stage.pair()
    dialling = stage.dial(near, Purpose.MESH)
    attacker = stage.attacker(far, Role.LISTENER, Purpose.MESH).result(10)
    attacker.hear()
    attacker.say(attacker.state.refuse(said))
    error = dialling.exception(timeout=10)
    assert isinstance(error, PeerRefusedError)
    assert error.error_id == said
    assert error.facts == {}


def test_a_peer_that_goes_on_before_its_turn_is_a_protocol_error(stage) -> None:
    """A refusal of nothing is none: the listener's proof before its hello."""
    near, far = stage.pair()
    dialling = stage.dial(near, Purpose.MESH)
    attacker = stage.attacker(far, Role.LISTENER, Purpose.MESH).result(10)
    attacker.hear()
    attacker.stream.close()
    error = dialling.exception(timeout=10)
    assert isinstance(error, RemoteProtocolError)
    assert error.error_id == "TLS-004"


def test_a_refused_peer_that_does_not_listen_holds_nobody_up(stage, cast, monkeypatch) -> None:
    """The farewell has a time of its own: about a second, whatever the session's deadline."""
    assert conversation._FAREWELL <= 1.0
    terms = {Purpose.MESH: Terms(cast.right, Picky(reason()))}
    near, far = stage.pair()
    listening = stage.accept(far, terms)
    attacker = stage.attacker(near, Role.DIALLER, Purpose.MESH).result(10)
    started = time.monotonic()
    attacker.hello(cast.left.ak_name)
    attacker.hear()
    attacker.say(attacker.state.proof(cast.left.prove(attacker.state.binding(Role.DIALLER))))
    assert isinstance(listening.exception(timeout=10), AttestationError)
    assert time.monotonic() - started < 5
    assert far.fileno() == -1


def test_what_was_sent_before_the_end_still_arrives(stage) -> None:
    """Also when the peer has said much that nobody reads."""
    near, far = stage.pair()
    dialling, listening = stage.tls(near, Role.DIALLER), stage.tls(far, Role.LISTENER)
    dialler, listener = dialling.result(10), listening.result(10)
    dialler.send(bytes(50_000), Deadline(5))
    listener.send(b"why", Deadline(5))
    ending = stage.background(lambda: listener.end(5.0))
    buffer = bytearray(100)
    assert dialler.recv_into(buffer, Deadline(5)) == 3
    assert buffer[:3] == b"why"
    assert dialler.recv_into(buffer, Deadline(5)) == 0
    started = time.monotonic()
    dialler.close()
    ending.result(10)
    assert time.monotonic() - started < 3
    assert far.fileno() == -1


def test_the_end_does_not_wait_for_ever(stage) -> None:
    """A peer that neither reads nor leaves is left."""
    near, far = stage.pair()
    dialling, listening = stage.tls(near, Role.DIALLER), stage.tls(far, Role.LISTENER)
    listener = listening.result(10)
    assert dialling.result(10)
    started = time.monotonic()
    listener.end(0.2)
    assert time.monotonic() - started < 3
    assert far.fileno() == -1


def test_the_socket_is_closed_when_nobody_waits_on_it_any_more(stage) -> None:
    """Not earlier: its number could be another's by then."""
    dialler, _ = stage.play(Purpose.MESH).sessions
    stream = dialler._stream
    waiting = stage.background(dialler.recv)
    for _ in range(500):
        if stream._users == 1:
            break
        time.sleep(0.01)
    assert stream._users == 1
    dialler.close()
    error = waiting.exception(timeout=5)
    assert isinstance(error, Error)
    assert error.error_id == "TLS-007"
    assert stream._users == 0
    assert stream._socket.fileno() == -1


def test_large_sends_of_two_threads_do_not_mix(stage) -> None:
    """Each arrives in one piece, though neither fits into one call."""
    dialler, listener = stage.play(Purpose.MESH).sessions
    blobs = [bytes([value]) * 300_000 for value in (1, 2)]
    threads = [threading.Thread(target=dialler.send, args=(blob,)) for blob in blobs]
    for thread in threads:
        thread.start()
    got = bytearray()
    while len(got) < 600_000:
        got += listener.recv(timeout=10)
    for thread in threads:
        thread.join(10)
    assert bytes(got) in {blobs[0] + blobs[1], blobs[1] + blobs[0]}


@pytest.mark.parametrize("end", ["session", "local", "peer"])
def test_a_pump_ends_in_both_directions(stage, end) -> None:
    """Whichever side ends first, nothing is left running or open."""
    dialler, listener = stage.play(Purpose.MESH).sessions
    near, far = socket.socketpair()
    with near, far:
        pumping = stage.background(lambda: pump(dialler, near))
        listener.send(b"in")
        assert far.recv(10) == b"in"
        far.sendall(b"out")
        assert listener.recv(timeout=5) == b"out"
        if end == "session":
            dialler.close()
        elif end == "local":
            far.close()
        else:
            listener.close()
        pumping.result(10)
        assert dialler._stream._closed
        if end != "local":
            assert far.recv(10) == b""
    if end != "peer":
        assert listener.recv(timeout=5) == b""
