# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls
"""Two honest sides."""

import threading

import pytest

from asterism.atls.purpose import RULES, ProofKind, Purpose, Role


@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_purpose_opens_a_session(stage, cast, purpose) -> None:
    """Both sides hold the other's claims, of the kind that the table asks for."""
    dialler, listener = stage.play(purpose).sessions

    assert dialler.claims.role is Role.LISTENER
    assert dialler.claims.node.ak_name == cast.right.ak_name
    assert listener.claims.role is Role.DIALLER
    assert dialler.claims.purpose is listener.claims.purpose is purpose
    kind = RULES[purpose].dialler.proof
    if kind is ProofKind.EVIDENCE:
        assert listener.claims.node.ak_name == cast.left.ak_name
    if kind is ProofKind.OWNER:
        assert listener.claims.owner.public_key == cast.owner.public


def test_both_ends_share_one_exporter_and_know_each_other(stage) -> None:
    """The exporter is the same on both ends of a session and differs between sessions."""
    first, other_end = stage.play(Purpose.MESH).sessions
    second, _ = stage.play(Purpose.MESH).sessions

    assert first.exporter == other_end.exporter
    assert len(first.exporter) == 32
    assert first.exporter != second.exporter
    assert first.peer_spki != other_end.peer_spki


def test_bytes_pass_both_ways_at_once(stage) -> None:
    """A reader and a writer thread on each end move megabytes without disturbing each other."""
    dialler, listener = stage.play(Purpose.MESH).sessions
    blob = bytes(range(256)) * 40_000

    def read(session, into) -> None:
        while len(into) < len(blob):
            into.extend(session.recv(timeout=10))

    got_by_dialler, got_by_listener = bytearray(), bytearray()
    threads = [
        threading.Thread(target=dialler.send, args=(blob,)),
        threading.Thread(target=listener.send, args=(blob,)),
        threading.Thread(target=read, args=(dialler, got_by_dialler)),
        threading.Thread(target=read, args=(listener, got_by_listener)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert got_by_dialler == blob
    assert got_by_listener == blob


def test_closing_one_end_shows_as_the_end_of_the_stream(stage) -> None:
    """The other end reads what was sent before, then nothing."""
    dialler, listener = stage.play(Purpose.MESH).sessions
    dialler.send(b"last words")
    dialler.close()

    assert listener.recv(timeout=5) == b"last words"
    assert listener.recv(timeout=5) == b""
