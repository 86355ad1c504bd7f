"""The owner signs exactly the genesis that he asked for, and pins it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
from cryptography import x509

from asterism.attestation.claims import NodeClaims
from asterism.cluster import pin as pins
from asterism.cluster.home import OwnerHome
from asterism.cluster.initialise import require_genesis
from asterism.cluster.pin import Pin
from asterism.cluster.plan import Plan
from asterism.cluster.user_key import UserKey
from asterism.errors import AttestationError, UserError
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.genesis import FirstNode, Genesis
from asterism.keys.owner import OwnerKey


def claims_of(genesis: Genesis) -> NodeClaims:
    """What the session has proven about the machine that made `genesis`."""
    claims = Mock(spec=NodeClaims)
    claims.platform_id = genesis.first_node.platform_id
    claims.ak_name = genesis.first_node.ak_name
    claims.cluster_id = None
    return claims


def signed(genesis: Genesis, owner: OwnerKey) -> SignedDocument:
    """The genesis with the owner's signature."""
    return SignedDocument.sign(Kind.GENESIS, genesis.payload(), [owner])


def test_an_honest_genesis_may_be_signed(planned: Plan, offered: Genesis) -> None:
    """It names the owner, the policy and the attested machine."""
    require_genesis(offered, planned.pin, planned.first, claims_of(offered))


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        ({"cluster": "other"}, "cluster"),
        ({"owners": (bytes(range(32)),)}, "owners"),
        ({"policy_digest": bytes(range(32))}, "policy digest"),
        ({"policy_epoch": 2}, "policy epoch"),
        ({"first_node": FirstNode("local-worker-1", bytes(64), bytes(34))}, "first node"),
    ],
)
def test_every_deviation_is_refused(
    planned: Plan, offered: Genesis, change: dict[str, Any], claim: str
) -> None:
    """Nothing is signed, and the claim is named."""
    with pytest.raises(AttestationError, match="CLU-011") as caught:
        require_genesis(replace(offered, **change), planned.pin, planned.first, claims_of(offered))
    assert any(claim in mismatch.claim for mismatch in caught.value.mismatches)


def test_a_machine_of_another_cluster_gets_no_signature(planned: Plan, offered: Genesis) -> None:
    """Its PCR 15 is bound already."""
    claims = claims_of(offered)
    claims.cluster_id = bytes(range(32))  # type: ignore[misc]  # a mock
    with pytest.raises(AttestationError, match="CLU-011"):
        require_genesis(offered, planned.pin, planned.first, claims)


def test_a_pin_says_which_cluster_may_answer(
    planned: Plan, offered: Genesis, home: OwnerHome
) -> None:
    """None before init, the pending one while it is signed, then that one only."""
    fresh = planned.pin
    assert fresh.expected_cluster_id() is None
    with pytest.raises(UserError, match="CLU-005"):
        fresh.opened_genesis()
    pending = replace(fresh, pending=offered.encode())
    assert pending.expected_cluster_id() == offered.cluster_id
    done = replace(pending, genesis=signed(offered, planned.owner))
    pins.save(home, done)
    assert pins.require(home, "local") == done
    assert done.cluster_id == offered.cluster_id


def test_another_genuine_cluster_is_refused(planned: Plan, offered: Genesis) -> None:
    """Also one of the same owner, and one that shows nothing."""
    own = Pin(**{**_fields(planned.pin), "genesis": signed(offered, planned.owner)})
    own.require_genesis(signed(offered, planned.owner).encode())
    other = signed(replace(offered, random=bytes(range(32))), planned.owner)
    for document in (other.encode(), b""):
        with pytest.raises(AttestationError, match="CLU-006"):
            own.require_genesis(document)


def test_a_pin_with_a_forged_signature_is_not_believed(planned: Plan, offered: Genesis) -> None:
    """The owner's own signature is checked at every use."""
    forged = replace(planned.pin, genesis=signed(offered, OwnerKey.generate()))
    with pytest.raises(AttestationError, match="DOC-005"):
        forged.opened_genesis()


def test_an_unreadable_pin_is_no_pin(planned: Plan, home: OwnerHome) -> None:
    """It refuses instead of being made anew."""
    pins.path_of(home, "local").write_text("{}")
    with pytest.raises(UserError, match="CLU-005"):
        pins.find(home, "local")


def test_the_certificate_must_be_for_our_key(make_root: Callable[[str], x509.Certificate]) -> None:
    """One of another authority, or none at all, is refused."""
    from cryptography.hazmat.primitives.serialization import Encoding

    root = make_root("user").public_bytes(Encoding.PEM)
    for pem in (root, b"nothing", make_root("other").public_bytes(Encoding.PEM)):
        with pytest.raises(AttestationError, match="CLU-011"):
            UserKey().require_certificate(pem, root.decode())


def _fields(pin: Pin) -> dict[str, Any]:
    return {name: getattr(pin, name) for name in Pin.__slots__}
