"""Attacks on the session, each beside its twin: the same attack with one defence taken away.

A twin must succeed. That shows that the attack is real, and which defence it is that stops it.
"""
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from asterism.atls import binder, handshake
from asterism.atls.binder import ChannelKeys
from asterism.atls.certificate import OneTimeIdentity
from asterism.atls.events import ProofReceived
from asterism.atls.messages import encode
from asterism.atls.prover import OwnerProver
from asterism.atls.purpose import RULES, ProofKind, Purpose, Role, Rules, Side
from asterism.atls.session import Session, Terms
from asterism.atls.stream import Deadline, TlsStream
from asterism.attestation.binding import Binding
from asterism.errors import AttestationError, Error, PeerRefusedError
from asterism.keys.owner import OwnerKey
from asterism.proto.evidence.v1.evidence_pb2 import Evidence, SnpEvidence
from asterism.proto.session.v1.session_pb2 import Anonymous, Proof, Verdict

SECRET = b"canary: the cluster's keys"

Weakening = Callable[[dict[str, Any]], dict[str, Any]]


def weaken_binder(monkeypatch, weakening: Weakening) -> None:
    """Let both sides compute a binder from which something is missing."""
    monkeypatch.setattr(
        handshake, "report_data", lambda **fields: binder.report_data(**weakening(fields))
    )


def without_exporter(fields: dict[str, Any]) -> dict[str, Any]:
    """Keys, nonces, role and purpose are still bound."""
    return {**fields, "keys": replace(fields["keys"], exporter=bytes(32))}


def without_session(fields: dict[str, Any]) -> dict[str, Any]:
    """Nothing of this very session is bound."""
    return {
        **fields,
        "keys": ChannelKeys(b"d", b"l", bytes(32)),
        "dialler_nonce": bytes(32),
        "listener_nonce": b"\1" * 32,
    }


def without_role(fields: dict[str, Any]) -> dict[str, Any]:
    """Whose proof it is, is not bound."""
    return {**fields, "role": Role.DIALLER}


def without_purpose(fields: dict[str, Any]) -> dict[str, Any]:
    """What it is for, is not bound."""
    return {**fields, "purpose": Purpose.VERIFY}


# A01: a man in the middle who holds the TLS keys of both sides


class Thief:
    """Ends both TLS connections with stolen keys and passes on every byte that he decrypts."""

    def __init__(self, to_dialler: TlsStream, to_listener: TlsStream) -> None:
        self.seen = bytearray()
        self._threads = [
            threading.Thread(target=self._relay, args=ends, daemon=True)
            for ends in ((to_dialler, to_listener), (to_listener, to_dialler))
        ]
        for thread in self._threads:
            thread.start()

    def _relay(self, source: TlsStream, sink: TlsStream) -> None:
        buffer = bytearray(16384)
        with suppress(Error):  # the victims hang up
            while count := source.recv_into(buffer, Deadline(10)):
                self.seen += buffer[:count]
                sink.send(bytes(buffer[:count]), Deadline(10))
        sink.end(0.5)

    def join(self) -> None:
        """Wait until both victims have hung up."""
        for thread in self._threads:
            thread.join(10)


def stolen_keys_attack(stage, cast) -> tuple[Any, Any, Thief]:
    """Both victims are honest; the thief sits between them."""
    left_key, right_key = OneTimeIdentity.generate(), OneTimeIdentity.generate()
    near, thief_near = stage.pair()
    thief_far, far = stage.pair()
    terms = {Purpose.MESH: Terms(cast.left, cast.verifier)}
    dialling = stage.side(near, Role.DIALLER, terms, left_key)
    listening = stage.side(far, Role.LISTENER, cast.terms(Purpose.MESH), right_key)
    to_dialler = stage.tls(thief_near, Role.LISTENER, right_key)
    to_listener = stage.tls(thief_far, Role.DIALLER, left_key)
    thief = Thief(to_dialler.result(10), to_listener.result(10))
    return outcome(dialling), outcome(listening), thief


def outcome(future) -> Any:
    """A session or what prevented it."""
    error = future.exception(timeout=15)
    return future.result() if error is None else error


def test_stolen_tls_keys_are_not_enough(stage, cast) -> None:
    """A01 (CVE-2026-33697): the exporter differs on the two halves of the thief's connection."""
    dialler, listener, thief = stolen_keys_attack(stage, cast)
    thief.join()

    assert isinstance(dialler, AttestationError)
    assert dialler.error_id == "TLS-025"
    assert isinstance(listener, PeerRefusedError)
    assert listener.error_id == "TLS-025"


def test_stolen_tls_keys_twin_without_exporter(stage, cast, monkeypatch) -> None:
    """With keys and nonces bound, but not the channel, the thief reads everything."""
    weaken_binder(monkeypatch, without_exporter)
    dialler, listener, thief = stolen_keys_attack(stage, cast)
    assert isinstance(dialler, Session)
    assert isinstance(listener, Session)
    dialler.send(SECRET)
    assert listener.recv(timeout=5) == SECRET
    dialler.close()
    thief.join()

    assert SECRET in thief.seen


# A07: evidence recorded in another session


def replay_attack(stage, cast, recording: Proof) -> tuple[str, Any]:
    """The attacker listens and shows what he recorded; the verdict on him, and the victim."""
    near, far = stage.pair()
    dialling = stage.dial(near, Purpose.MESH)
    attacker = stage.attacker(far, Role.LISTENER, Purpose.MESH).result(10)
    attacker.hear()
    attacker.hello(cast.right.ak_name)
    attacker.say(encode(recording) + encode(Verdict()))
    attacker.state._said[Role.LISTENER] = handshake.Said.ACCEPTED
    return attacker.verdict(), outcome(dialling)


def test_recorded_evidence_is_refused(stage, cast) -> None:
    """A07: both nonces and the exporter are others now."""
    first = stage.play(Purpose.MESH).sessions
    recording = cast.right.prove(cast.right.asked[-1])
    for session in first:
        session.close()
    verdict, victim = replay_attack(stage, cast, recording)

    assert verdict == "TLS-025"
    assert isinstance(victim, AttestationError)


def test_recorded_evidence_twin_without_the_session_in_the_binder(stage, cast, monkeypatch) -> None:
    """Evidence bound to purpose, role and machine only is good for ever."""
    weaken_binder(monkeypatch, without_session)
    for session in stage.play(Purpose.MESH).sessions:
        session.close()
    recording = cast.right.prove(cast.right.asked[-1])
    verdict, victim = replay_attack(stage, cast, recording)

    assert verdict == ""
    assert isinstance(victim, Session)


# A08: a node's own words sent back to it


def reflection_attack(stage, cast) -> tuple[str, Any]:
    """The attacker dials a node and shows it the evidence that it has just shown itself."""
    near, far = stage.pair()
    listening = stage.accept(far, cast.terms(Purpose.MESH))
    attacker = stage.attacker(near, Role.DIALLER, Purpose.MESH).result(10)
    attacker.hello(cast.right.ak_name)
    while not isinstance(event := attacker.hear(), ProofReceived):
        pass
    attacker.say(attacker.state.proof(event.proof) + attacker.state.accept())
    return attacker.verdict(), outcome(listening)


def test_reflected_evidence_is_refused(stage, cast) -> None:
    """A08: the binder says which side showed it."""
    verdict, victim = reflection_attack(stage, cast)

    assert verdict == "TLS-025"
    assert isinstance(victim, AttestationError)


def test_reflected_evidence_twin_without_role(stage, cast, monkeypatch) -> None:
    """Without the role, a node lets itself in."""
    weaken_binder(monkeypatch, without_role)
    verdict, victim = reflection_attack(stage, cast)

    assert verdict == ""
    assert isinstance(victim, Session)
    assert victim.claims.node.ak_name == cast.right.ak_name


def test_an_echo_of_everything_is_refused(stage) -> None:
    """A08: our own hello comes back, and names the wrong role."""
    near, far = stage.pair()
    dialling = stage.dial(near, Purpose.MESH)
    echo = stage.tls(far, Role.LISTENER).result(10)
    buffer = bytearray(16384)
    count = echo.recv_into(buffer, Deadline(10))
    echo.send(bytes(buffer[:count]), Deadline(10))

    victim = outcome(dialling)
    assert isinstance(victim, AttestationError)
    assert victim.error_id == "TLS-020"


# A16: evidence made for another purpose


def evidence_factory_attack(stage, cast) -> tuple[str, Any]:
    """A pod makes its node sign any binder, but only of the purpose `verify`; it wants in."""
    near, far = stage.pair()
    listening = stage.accept(far, cast.terms(Purpose.REJOIN))
    attacker = stage.attacker(near, Role.DIALLER, Purpose.REJOIN).result(10)
    attacker.hello(cast.left.ak_name)
    while not isinstance(attacker.hear(), ProofReceived):
        pass
    hellos = attacker.state._hellos
    value = binder.report_data(
        purpose=Purpose.VERIFY,
        role=Role.DIALLER,
        keys=attacker.keys,
        dialler_nonce=hellos[Role.DIALLER].nonce,
        listener_nonce=hellos[Role.LISTENER].nonce,
        ak_name=cast.left.ak_name,
    )
    proof = cast.left.prove(Binding(value))
    attacker.say(attacker.state.proof(proof) + attacker.state.accept())
    return attacker.verdict(), outcome(listening)


def test_evidence_for_another_purpose_is_refused(stage, cast) -> None:
    """A16: the purpose is part of the binder."""
    verdict, victim = evidence_factory_attack(stage, cast)

    assert verdict == "TLS-025"
    assert isinstance(victim, AttestationError)


def test_evidence_for_another_purpose_twin_without_purpose(stage, cast, monkeypatch) -> None:
    """Without the purpose, whoever gets any evidence becomes the node."""
    weaken_binder(monkeypatch, without_purpose)
    verdict, victim = evidence_factory_attack(stage, cast)

    assert verdict == ""
    assert isinstance(victim, Session)


# A10: a certificate, and nothing else


def bare_certificate_attack(stage, cast, ak_name: bytes) -> tuple[str, Any]:
    """TLS is fine; where evidence should be, the attacker says that he has none."""
    near, far = stage.pair()
    listening = stage.accept(far, cast.terms(Purpose.MESH))
    attacker = stage.attacker(near, Role.DIALLER, Purpose.MESH).result(10)
    attacker.hello(ak_name)
    while not isinstance(attacker.hear(), ProofReceived):
        pass
    attacker.state._said[Role.DIALLER] = handshake.Said.ACCEPTED
    attacker.say(encode(Proof(anonymous=Anonymous())) + encode(Verdict()))
    return attacker.verdict(), outcome(listening)


def test_a_certificate_without_evidence_is_refused(stage, cast) -> None:
    """A10 (CVE-2026-1709): the purpose says what must be shown."""
    verdict, victim = bare_certificate_attack(stage, cast, cast.left.ak_name)

    assert verdict == "TLS-024"
    assert isinstance(victim, AttestationError)


def test_a_certificate_without_evidence_twin_with_an_open_row(stage, cast, monkeypatch) -> None:
    """A table whose row asks for nothing lets anybody in."""
    row = RULES[Purpose.MESH]
    opened = Rules(Side(ProofKind.ANONYMOUS), row.listener, row.may_call)
    table = MappingProxyType({**RULES, Purpose.MESH: opened})
    monkeypatch.setattr(handshake, "RULES", table)
    monkeypatch.setattr("asterism.atls.hello.RULES", table)
    monkeypatch.setattr("asterism.atls.verifier.RULES", table)
    terms = {Purpose.MESH: Terms(cast.right, cast.verifier.standard)}
    monkeypatch.setattr(type(cast), "terms", lambda *_: terms)
    verdict, victim = bare_certificate_attack(stage, cast, b"")

    assert verdict == ""
    assert isinstance(victim, Session)


# Owners


def test_an_unknown_owner_is_refused(stage, cast) -> None:
    """A good signature by a key that is nobody's here."""
    stranger = OwnerProver(OwnerKey.generate())
    played = stage.play(Purpose.ADMIN, prover=stranger)

    assert isinstance(played.listener, AttestationError)
    assert played.listener.error_id == "TLS-026"
    assert isinstance(played.dialler, PeerRefusedError)
    assert played.dialler.error_id == "TLS-026"


def test_an_unknown_owner_twin_with_any_owner(stage, cast) -> None:
    """A verifier that lets every key be an owner's accepts him."""

    class Everybody:
        def __contains__(self, key: object) -> bool:
            return True

        def __len__(self) -> int:
            return 1

        def __iter__(self):
            return iter(())

    stranger = OwnerProver(OwnerKey.generate())
    gullible = replace(cast.verifier.standard, owners=Everybody())
    terms = {Purpose.ADMIN: Terms(cast.right, gullible)}
    played = stage.play(Purpose.ADMIN, prover=stranger, terms=terms)

    assert isinstance(played.listener, Session)


class Recording:
    """Shows the same owner's signature for ever."""

    ak_name = b""

    def __init__(self, key: OwnerKey) -> None:
        self._proof = OwnerProver(key).prove(Binding(bytes(range(64))))

    def prove(self, binding: Binding) -> Proof:
        """Whatever the binder is."""
        return self._proof


def test_an_owners_recorded_signature_is_refused(stage, cast) -> None:
    """The signature is over this session's binder."""
    played = stage.play(Purpose.ADMIN, prover=Recording(cast.owner))

    assert isinstance(played.listener, AttestationError)
    assert played.listener.error_id == "DOC-012"


def test_an_owners_recorded_signature_twin_unverified(stage, cast, monkeypatch) -> None:
    """A verifier that looks at the key only accepts it."""
    monkeypatch.setattr("asterism.atls.verifier.verify_proof", lambda *_: None)
    played = stage.play(Purpose.ADMIN, prover=Recording(cast.owner))

    assert isinstance(played.listener, Session)


# Spliced evidence: another machine's attestation key


def test_evidence_of_another_key_than_announced_is_refused(stage, cast) -> None:
    """The hello's key name is in the binder, so it must be the evidence's as well."""
    other = cast.left.ak_name

    class Splicer:
        ak_name = cast.right.ak_name

        def prove(self, binding: Binding) -> Proof:
            return Proof(evidence=Evidence(snp=SnpEvidence(report=binding.value), initdata=other))

    played = stage.play(Purpose.MESH, prover=Splicer())

    assert isinstance(played.listener, AttestationError)
    assert played.listener.error_id == "TLS-025"


def test_no_word_is_said_before_both_verdicts(stage, cast) -> None:
    """A side that was accepted but has not accepted yet receives no application data."""
    release = threading.Event()

    class Slow(type(cast.verifier)):  # type: ignore[misc]
        def verify(self, *args: Any) -> Any:
            release.wait(10)
            return super().verify(*args)

    near, far = stage.pair()
    slow = Slow(cast.verifier.standard)
    listening = stage.accept(far, {Purpose.MESH: Terms(cast.right, slow)})
    dialling = stage.dial(near, Purpose.MESH)
    with pytest.raises(TimeoutError):
        dialling.result(timeout=0.3)
    release.set()

    assert isinstance(outcome(dialling), Session)
    assert isinstance(outcome(listening), Session)
