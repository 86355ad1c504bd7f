"""Whose key is whose, how many certificates a side may show, and what a relay reads."""
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import pytest
from OpenSSL import SSL

from asterism.atls import tls
from asterism.atls.certificate import OneTimeIdentity, spki
from asterism.atls.purpose import Purpose, Role
from asterism.errors import AttestationError


def test_each_key_is_the_one_of_its_side(stage) -> None:
    """The binder puts the dialler's first, on both ends."""
    near, far = stage.pair()
    one, other = OneTimeIdentity.generate(), OneTimeIdentity.generate()
    dialling = stage.tls(near, Role.DIALLER, one)
    listening = stage.tls(far, Role.LISTENER, other)
    for stream in (dialling.result(10), listening.result(10)):
        keys = stream.channel_keys()
        assert keys.dialler_spki == spki(one.certificate)
        assert keys.listener_spki == spki(other.certificate)


def test_a_dialler_that_shows_a_chain_is_refused(stage) -> None:
    """One certificate is enough for one key."""
    near, far = stage.pair()
    listening = stage.tls(far, Role.LISTENER)
    context = tls.context(Role.DIALLER, OneTimeIdentity.generate())
    context.add_extra_chain_cert(OneTimeIdentity.generate().certificate)
    near.setblocking(True)
    client = SSL.Connection(context, near)
    client.set_connect_state()
    client.do_handshake()
    with pytest.raises(AttestationError) as caught:
        listening.result(10)
    assert caught.value.error_id == "TLS-028"


def test_the_name_for_relays_is_said_by_whoever_dials(stage) -> None:
    """In the clear, in the very first bytes."""
    near, far = stage.pair()
    stage.dial(near, Purpose.MESH, timeout=5)
    far.settimeout(5)
    assert b"attest.asterism.internal" in far.recv(4096)
