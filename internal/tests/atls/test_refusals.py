"""What the refused side learns, and what the refuser writes down."""
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import logging
from typing import Any

import pytest

from asterism.atls.binder import NONCE_SIZE
from asterism.atls.claims import SessionClaims
from asterism.atls.prover import AnonymousProver
from asterism.atls.purpose import Purpose, Role
from asterism.atls.session import Session, Terms
from asterism.attestation.binding import Binding
from asterism.attestation.claims import AnonymousClaims, OwnerClaims
from asterism.errors import AttestationError, Error, LocalProtocolError, PeerRefusedError
from asterism.proto.session.v1.session_pb2 import Proof


class Picky(AnonymousProver):
    """Verifies nobody; its reasons are its own business."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def verify(self, *_: Any) -> Any:
        """Refuse."""
        raise self._error


DETAILS = "the launch measurement that was expected"


def test_the_refused_side_learns_the_id_and_nothing_else(stage, cast, caplog) -> None:
    """The whole reason is in the refuser's log."""
    reason = AttestationError.of(
        "ATT-003", claim="measurement", expected=DETAILS, got="another", source="policy"
    )
    terms = {Purpose.MESH: Terms(cast.right, Picky(reason))}
    with caplog.at_level(logging.WARNING):
        played = stage.play(Purpose.MESH, terms=terms)

    assert played.listener is reason
    assert isinstance(played.dialler, PeerRefusedError)
    assert played.dialler.error_id == "ATT-003"
    assert DETAILS not in f"{played.dialler} {played.dialler.facts}"
    assert any(DETAILS in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    "unknown", ["ABC-999", "not an ID", "\x1b[31mred", "TLS-021 and more", "é" * 20]
)
def test_words_of_the_peer_that_are_no_id_of_ours_are_not_repeated(stage, unknown) -> None:
    """They become one ID of ours, and the words a quoted fact."""
    near, far = stage.pair()
    dialling = stage.dial(near, Purpose.MESH)
    attacker = stage.attacker(far, Role.LISTENER, Purpose.MESH).result(10)
    attacker.hear()
    attacker.say(attacker.state.refuse(unknown))

    error = dialling.exception(timeout=10)
    assert isinstance(error, PeerRefusedError)
    assert error.error_id == "TLS-029"
    assert error.facts["peer_error"] == ascii(unknown)


def test_a_bug_in_a_verifier_refuses(stage, cast) -> None:
    """Whatever goes wrong, nobody is let in; the peer learns that something did."""
    terms = {Purpose.MESH: Terms(cast.right, Picky(ZeroDivisionError("bug")))}
    played = stage.play(Purpose.MESH, terms=terms)

    assert isinstance(played.listener, ZeroDivisionError)
    assert isinstance(played.dialler, PeerRefusedError)
    assert played.dialler.error_id == "INT-001"


def test_a_bug_in_a_prover_ends_the_session(stage, cast) -> None:
    """On both sides."""

    class Broken:
        ak_name = cast.left.ak_name

        def prove(self, binding: Binding) -> Proof:
            msg = "no TPM"
            raise OSError(msg)

    played = stage.play(Purpose.MESH, prover=Broken())

    assert isinstance(played.dialler, OSError)
    assert isinstance(played.listener, PeerRefusedError)


def test_a_prover_of_the_wrong_kind_is_our_error(stage) -> None:
    """Anonymous where evidence is due: our own side notices before the peer does."""
    played = stage.play(Purpose.MESH, prover=AnonymousProver())

    assert isinstance(played.dialler, LocalProtocolError)
    assert isinstance(played.listener, Error)


def test_a_purpose_that_is_not_offered_is_refused(stage, cast) -> None:
    """The keys of the terms are the purposes."""
    played = stage.play(Purpose.REJOIN, terms=cast.terms(Purpose.MESH))

    assert isinstance(played.listener, AttestationError)
    assert isinstance(played.dialler, PeerRefusedError)
    assert played.dialler.error_id == "TLS-021"


def test_no_terms_at_all_refuse_everybody(stage) -> None:
    """A node that offers nothing yet."""
    played = stage.play(Purpose.VERIFY, terms={})

    assert isinstance(played.dialler, PeerRefusedError)
    assert played.dialler.error_id == "TLS-021"


def test_a_dialler_shows_nothing_to_a_listener_that_it_refuses(stage, cast) -> None:
    """Its evidence is not even sent."""
    reason = AttestationError.of("ATT-003", claim="c", expected="e", got="g", source="s")
    played = stage.play(Purpose.MESH, verifier=Picky(reason))

    assert played.dialler is reason
    assert isinstance(played.listener, PeerRefusedError)
    assert played.listener.error_id == "ATT-003"


def test_a_peer_that_leaves_in_the_middle(stage, cast) -> None:
    """Is not taken for one that agreed."""
    near, far = stage.pair()
    listening = stage.accept(far, cast.terms(Purpose.MESH))
    stage.tls(near, Role.DIALLER).result(10).close()

    error = listening.exception(timeout=10)
    assert isinstance(error, Error)
    assert error.error_id == "TLS-004"


def test_a_connection_that_is_cut_is_not_a_good_bye(stage) -> None:
    """Truncation shows as an error, not as the end of the stream."""
    dialler, listener = stage.play(Purpose.MESH).sessions
    dialler.send(b"half a mess")
    dialler._stream._socket.shutdown(2)

    assert listener.recv(timeout=5) == b"half a mess"
    with pytest.raises(Error, match="TLS-004"):
        listener.recv(timeout=5)


def test_a_closed_session_says_so(stage) -> None:
    """In whatever thread it is used."""
    dialler, _ = stage.play(Purpose.MESH).sessions
    waiting = stage.background(dialler.recv)
    with pytest.raises(Error, match="TLS-005"):
        dialler.recv(timeout=0.1)
    dialler.close()

    error = waiting.exception(timeout=5)
    assert isinstance(error, Error)
    assert error.error_id == "TLS-007"
    with pytest.raises(Error, match="TLS-007"):
        dialler.send(b"late")


def test_claims_know_what_they_are_not() -> None:
    """Asking an owner for a node's claims is a refusal, not None."""
    owner = SessionClaims(Purpose.ADMIN, Role.DIALLER, OwnerClaims(b"k" * 32))
    nobody = SessionClaims(Purpose.VERIFY, Role.DIALLER, AnonymousClaims())
    assert owner.owner.public_key == b"k" * 32
    for claims, attribute in ((owner, "node"), (nobody, "node"), (nobody, "owner")):
        with pytest.raises(AttestationError, match="TLS-030"):
            getattr(claims, attribute)


def test_nonces_are_fresh(stage, cast) -> None:
    """No binder is ever proven twice."""
    for _ in range(5):
        assert isinstance(stage.play(Purpose.MESH).dialler, Session)
    assert len(set(cast.left.asked + cast.right.asked)) == 10
    assert NONCE_SIZE == 32
