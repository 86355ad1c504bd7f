"""The words of the protocol, and which services each purpose opens: fixed, peers rely on them."""

import pytest

from asterism.atls.messages import Kind
from asterism.atls.purpose import RULES, Pcr15, ProofKind, Purpose, Role

SERVICES = {
    "init": {"/asterism.bootstrap.v1.Bootstrap/"},
    "admin": {"/asterism.admin.v1.Admin/", "/asterism.admin.v1.Verify/"},
    "verify": {"/asterism.admin.v1.Verify/"},
    "recover": {"/asterism.recovery.v1.Recovery/"},
    "join": {"/asterism.trust.v1.Trust/Join"},
    "rejoin": {"/asterism.trust.v1.Trust/"},
    "renew": {"/asterism.trust.v1.Trust/"},
    "key-release": {"/asterism.keys.v1.Keys/"},
    "mesh": set(),
}


def test_words_on_the_wire() -> None:
    """Purposes, kinds of proof, roles and messages."""
    assert {purpose.value for purpose in Purpose} == set(SERVICES)
    assert {kind.value for kind in ProofKind} == {"evidence", "owner", "anonymous"}
    assert (Role.DIALLER.value, Role.LISTENER.value) == (1, 2)
    assert [kind.value for kind in Kind] == [1, 2, 3]
    assert len(Pcr15) == 3


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_purpose_opens_its_services(purpose: Purpose) -> None:
    """And no other method, be it of a service whose name only begins alike."""
    allowed = SERVICES[purpose.value]
    for item in set().union(*SERVICES.values()):
        method = item if not item.endswith("/") else f"{item}Method"
        wanted = item in allowed or (item.endswith("Join") and item[:-4] in allowed)
        assert RULES[purpose].allows(method) is wanted
        assert not RULES[purpose].allows(f"X{method}")
    assert not RULES[purpose].allows("")


@pytest.mark.parametrize("role", list(Role))
def test_each_side_has_its_own_rules(role: Role) -> None:
    """An owner dials; the listener of an `init` is a new node."""
    kinds = {Role.DIALLER: ProofKind.OWNER, Role.LISTENER: ProofKind.EVIDENCE}
    assert RULES[Purpose.INIT].side(role).proof is kinds[role]
    assert role.other is not role
    assert role.other.other is role
