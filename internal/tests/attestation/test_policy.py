"""Policies: complete or refused, and never against the production rules."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest

from asterism.attestation.anchors import Anchor, Anchors, Format, pem_of
from asterism.attestation.claims import Tee
from asterism.attestation.policy import REQUIRED_REGISTERS, Policy, stated_registers
from asterism.attestation.snp.tcb import Product
from asterism.errors import AttestationError
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.owner import OwnerKey


def refused(call: Callable[[], object]) -> set[str]:
    """The IDs that `call` is refused for."""
    with pytest.raises(AttestationError) as caught:
        call()
    return {mismatch.error_id for mismatch in caught.value.mismatches}


def test_survives_its_document(world: Any) -> None:
    """What is signed is what is read, and both have one digest."""
    document = SignedDocument.decode(world.policy.sign(world.owner).encode())
    policy = Policy.open(document, [world.owner.public])
    assert policy == world.policy
    assert policy.digest == document.digest


def test_registers_are_a_table_in_code() -> None:
    """No policy can leave one out (V05)."""
    assert REQUIRED_REGISTERS[Tee.SNP_VTPM] == (4, 8, 9, 11, 15)
    assert stated_registers(Tee.SNP_VTPM) == (4, 9, 11)


@pytest.mark.parametrize(
    "name", ["version", "epoch", "production", "emulated", "anchors", "pcrs", "snp"]
)
def test_every_field_is_mandatory(world: Any, name: str) -> None:
    """Nothing has a default: DOC-003."""
    payload = world.policy.payload()
    del payload[name]
    assert refused(lambda: Policy.from_payload(payload, [world.owner.public])) == {"DOC-003"}


@pytest.mark.parametrize(
    "name",
    [
        "measurements",
        "minimum_tcb",
        "accept_distrusted",
        "vmpl",
        "allow_debug",
        "allow_migration",
    ],
)
def test_every_snp_rule_is_mandatory(world: Any, name: str) -> None:
    """Rules of a format cannot be left out either: DOC-003."""
    payload = world.policy.payload()
    del payload["snp"][name]
    assert refused(lambda: Policy.from_payload(payload, [world.owner.public])) == {"DOC-003"}


def test_misspelt_rule_is_refused_with_the_name_that_was_meant(world: Any) -> None:
    """A rule that does nothing is no rule (A11)."""
    payload = world.policy.payload()
    payload["snp"]["alow_debug"] = payload["snp"].pop("allow_debug")
    with pytest.raises(AttestationError) as caught:
        Policy.from_payload(payload, [world.owner.public])
    assert [m.error_id for m in caught.value.mismatches] == ["DOC-002", "DOC-003"]
    assert caught.value.mismatches[0].expected == "did you mean allow_debug?"


@pytest.mark.parametrize("register", ["4", "9", "11"])
def test_registers_cannot_be_left_out(world: Any, register: str) -> None:
    """Each register of the table needs values: DOC-003, DOC-004."""
    payload = world.policy.payload()
    values = payload["pcrs"].pop(register)
    assert refused(lambda: Policy.from_payload(payload, [world.owner.public])) == {"DOC-003"}
    payload["pcrs"][register] = []
    assert refused(lambda: Policy.from_payload(payload, [world.owner.public])) == {"DOC-004"}
    assert values


@pytest.mark.parametrize("register", ["8", "15", "0"])
def test_other_registers_cannot_be_stated(world: Any, register: str) -> None:
    """8 and 15 are computed; a value that nobody would compare is refused: DOC-002."""
    payload = world.policy.payload()
    payload["pcrs"][register] = ["ab" * 32]
    assert refused(lambda: Policy.from_payload(payload, [world.owner.public])) == {"DOC-002"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("version",), True),
        (("epoch",), 0),
        (("epoch",), "3"),
        (("production",), 0),
        (("emulated",), "maybe"),
        (("snp", "vmpl"), 4),
        (("snp", "measurements"), []),
        (("snp", "measurements"), ["ab"]),
        (("snp", "measurements"), ["AB" * 48]),
        (("snp", "measurements"), ["ab" * 48, "ab" * 48]),
        (("snp", "measurements"), ["cd" * 48, "ab" * 48]),
        (("snp", "minimum_tcb"), {}),
        (("snp", "minimum_tcb", "Genoa", "snp"), 256),
        (("snp", "accept_distrusted"), []),
        (("snp", "accept_distrusted"), {"Milan": 2027}),
        (("snp", "accept_distrusted"), {"Milan": "soon"}),
        (("snp", "accept_distrusted"), {"Milan": "20270630"}),
        (("anchors", "snp"), []),
        (("anchors", "tpm"), "x"),
    ],
)
def test_malformed_values_are_refused(world: Any, path: tuple[str, ...], value: Any) -> None:
    """Type, size, range, order and repetition: DOC-004; constants: ATT-013."""
    payload = world.policy.payload()
    inner = payload
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    found = refused(lambda: Policy.from_payload(payload, [world.owner.public]))
    assert len(found) == 1
    assert found <= {"DOC-004", "ATT-013"}


@pytest.mark.parametrize("name", ["Genoaa", "Rome"])
def test_unknown_products_are_refused(world: Any, name: str) -> None:
    """A floor for a product that does not exist is a mistake: DOC-002."""
    payload = world.policy.payload()
    payload["snp"]["minimum_tcb"][name] = {}
    assert refused(lambda: Policy.from_payload(payload, [world.owner.public])) == {"DOC-002"}


@pytest.mark.parametrize("value", [bytes(48), b"\xff" * 48])
def test_null_measurements_cannot_be_accepted(world: Any, value: bytes) -> None:
    """A constant is not a measurement (V07): ATT-013."""
    rules = replace(world.policy.snp, measurements=frozenset({value}))
    assert refused(lambda: replace(world.policy, snp=rules)) == {"ATT-013"}


def test_null_registers_cannot_be_accepted(world: Any) -> None:
    """A register that was never extended is no reference value: ATT-013."""
    pcrs = {**world.policy.pcrs, 11: frozenset({bytes(32)})}
    assert refused(lambda: replace(world.policy, pcrs=pcrs)) == {"ATT-013"}


def test_exceptions_for_distrusted_products_survive_the_document(world: Any) -> None:
    """The line and its last day."""
    rules = replace(world.policy.snp, accept_distrusted={Product.MILAN: date(2027, 6, 30)})
    policy = replace(world.policy, snp=rules)
    assert policy.payload()["snp"]["accept_distrusted"] == {"Milan": "2027-06-30"}
    assert Policy.from_payload(policy.payload(), [world.owner.public]) == policy


def test_incomplete_policies_cannot_be_made(world: Any) -> None:
    """Not even from code: ATT-010, for each thing that lacks."""
    rules = replace(world.policy.snp, measurements=frozenset(), minimum_tcb={})
    with pytest.raises(AttestationError) as caught:
        replace(world.policy, pcrs={}, snp=rules, owners=frozenset())
    assert [m.error_id for m in caught.value.mismatches] == ["ATT-010"] * 4


def test_production_refuses_what_a_host_could_see_or_move(world: Any) -> None:
    """Emulation, debugging and migration are refused together: ATT-011."""
    rules = replace(world.policy.snp, allow_debug=True, allow_migration=True)
    with pytest.raises(AttestationError) as caught:
        replace(world.policy, production=True, snp=rules)
    assert [(m.error_id, m.claim) for m in caught.value.mismatches] == [
        ("ATT-011", "policy emulated"),
        ("ATT-011", "policy allow_debug"),
        ("ATT-011", "policy allow_migration"),
    ]


@pytest.mark.parametrize("production", [False, True])
def test_emulated_roots_cannot_be_pinned_by_a_policy_that_refuses_them(
    world: Any, production: bool
) -> None:
    """The label comes from the root, not from the policy (V13): ATT-011."""
    found = refused(lambda: replace(world.policy, production=production, accept_emulated=False))
    assert found == {"ATT-011"}


def test_policy_of_a_stranger_is_refused(world: Any) -> None:
    """Only an owner that the reader knows makes a policy: DOC-005, and none DOC-007."""
    document = world.policy.sign(world.owner)
    assert refused(lambda: Policy.open(document, [OwnerKey.generate().public])) == {"DOC-005"}
    assert refused(lambda: Policy.open(document, [])) == {"DOC-007"}


def test_grant_is_no_policy(world: Any) -> None:
    """A signature for another kind of document does not make a policy: DOC-006."""
    document = SignedDocument.sign(Kind.GRANT, world.policy.payload(), [world.owner])
    assert refused(lambda: Policy.open(document, [world.owner.public])) == {"DOC-006"}


def test_root_that_is_not_amds_is_emulated_whatever_it_is_called(unmarked_maker: Any) -> None:
    """The word EMULATED is for people; the list of AMD's roots decides."""
    anchors = unmarked_maker.anchors()
    assert "EMULATED" not in anchors.snp[0].name
    assert anchors.snp[0].emulated


def test_anchor_must_be_a_self_signed_authority(maker: Any) -> None:
    """An intermediate, a leaf and no certificate at all are no roots: ATT-014."""
    for der in (maker.ask.der, maker.endorsement()):
        assert refused(partial(Anchor.of, Format.SNP, der)) == {"ATT-014"}
    pem = maker.tpm_root.pem
    assert refused(lambda: Anchors.from_pem(snp=["x"], tpm=[pem])) == {"ATT-014"}
    assert refused(lambda: Anchors.from_pem(snp=[], tpm=[pem])) == {"ATT-014"}


def test_anchor_survives_pem(maker: Any) -> None:
    """An anchor is its certificate and nothing beside it."""
    anchor = maker.anchors().tpm[0]
    assert Anchors.from_pem(snp=[maker.ark.pem], tpm=[pem_of(anchor)]).tpm == (anchor,)
