"""The table of purposes and the 64 bytes."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from asterism.atls.binder import ChannelKeys, report_data
from asterism.atls.purpose import RULES, Pcr15, ProofKind, Purpose, Role
from asterism.errors import LocalProtocolError

FIELDS: dict[str, Any] = {
    "purpose": Purpose.JOIN,
    "role": Role.DIALLER,
    "keys": ChannelKeys(b"dialler key", b"listener key", b"e" * 32),
    "dialler_nonce": b"d" * 32,
    "listener_nonce": b"l" * 32,
    "ak_name": b"a" * 34,
}
KEYS: ChannelKeys = FIELDS["keys"]


def test_the_binder_is_the_documented_hash() -> None:
    """SHA-512 over every field with its length before it, written down once more."""
    fields = [
        b"asterism attested session v1",
        b"join",
        b"dialler",
        b"dialler key",
        b"listener key",
        b"d" * 32,
        b"l" * 32,
        b"a" * 34,
        b"e" * 32,
    ]
    flat = b"".join(len(field).to_bytes(4, "big") + field for field in fields)

    assert report_data(**FIELDS) == hashlib.sha512(flat).digest()


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": Purpose.REJOIN},
        {"role": Role.LISTENER},
        {"keys": replace(KEYS, dialler_spki=b"another")},
        {"keys": replace(KEYS, listener_spki=b"another")},
        {"keys": replace(KEYS, exporter=b"E" * 32)},
        {"keys": ChannelKeys(b"dialler keyl", b"istener key", b"e" * 32)},
        {"dialler_nonce": b"D" * 32},
        {"listener_nonce": b"L" * 32},
        {"dialler_nonce": b"l" * 32, "listener_nonce": b"d" * 32},
        {"ak_name": b""},
    ],
)
def test_every_item_counts(change: dict[str, Any]) -> None:
    """Whatever is changed, or moved from one field to the next, gives another binder."""
    assert report_data(**{**FIELDS, **change}) != report_data(**FIELDS)


@pytest.mark.parametrize(
    "change",
    [
        {"keys": replace(KEYS, exporter=b"")},
        {"keys": replace(KEYS, exporter=b"e" * 31)},
        {"keys": replace(KEYS, dialler_spki=b"")},
        {"keys": replace(KEYS, listener_spki=b"")},
        {"dialler_nonce": b""},
        {"listener_nonce": b"l" * 31},
        {"listener_nonce": b"d" * 32},
    ],
)
def test_a_weak_binder_is_never_computed(change: dict[str, Any]) -> None:
    """A missing item is an error of ours, not an empty field."""
    with pytest.raises(LocalProtocolError, match="TLS-001"):
        report_data(**{**FIELDS, **change})


def test_every_purpose_has_its_row() -> None:
    """And every listener shows evidence."""
    assert set(RULES) == set(Purpose)
    for rules in RULES.values():
        assert rules.listener.proof is ProofKind.EVIDENCE
        for side in (rules.dialler, rules.listener):
            assert (side.pcr15 is not None) == (side.proof is ProofKind.EVIDENCE)


def test_the_table_is_the_architectures() -> None:
    """Section 5, row by row: who dials, what PCR 15 of each side is."""
    new, member, some = Pcr15.ZERO_OR_CLUSTER, Pcr15.CLUSTER, Pcr15.SOME_CLUSTER
    owner, nobody = ProofKind.OWNER, ProofKind.ANONYMOUS
    expected = {
        Purpose.INIT: (owner, None, new),
        Purpose.ADMIN: (owner, None, member),
        Purpose.VERIFY: (nobody, None, member),
        Purpose.RECOVER: (owner, None, member),
        Purpose.JOIN: (ProofKind.EVIDENCE, new, some),
        Purpose.REJOIN: (ProofKind.EVIDENCE, member, member),
        Purpose.RENEW: (ProofKind.EVIDENCE, member, member),
        Purpose.KEY_RELEASE: (ProofKind.EVIDENCE, member, member),
        Purpose.MESH: (ProofKind.EVIDENCE, member, member),
    }
    found = {
        purpose: (rules.dialler.proof, rules.dialler.pcr15, rules.listener.pcr15)
        for purpose, rules in RULES.items()
    }
    assert found == expected


def test_a_purpose_allows_its_methods_only() -> None:
    """By service, or by the one method."""
    join, rejoin = RULES[Purpose.JOIN], RULES[Purpose.REJOIN]
    assert join.allows("/asterism.trust.v1.Trust/Join")
    assert not join.allows("/asterism.trust.v1.Trust/JoinAll")
    assert not join.allows("/asterism.trust.v1.Trust/WatchPeers")
    assert rejoin.allows("/asterism.trust.v1.Trust/WatchPeers")
    assert not rejoin.allows("/asterism.trust.v1.TrustX/Join")
    assert not RULES[Purpose.MESH].allows("/asterism.trust.v1.Trust/Join")
