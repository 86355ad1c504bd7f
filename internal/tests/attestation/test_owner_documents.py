"""Policy, grant and initdata: exactly one form each, and every other named by its path."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from asterism.attestation.anchors import Anchor, Anchors, Format
from asterism.attestation.binding import Binding
from asterism.attestation.grant import Grant, Role
from asterism.attestation.initdata import Initdata
from asterism.attestation.policy import Policy
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.errors import AttestationError
from asterism.keys import canonical
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.owner import OwnerKey

OWNER = OwnerKey.generate()
GRANT: dict[str, Any] = {
    "version": 1,
    "cluster": "local",
    "nonce": bytes(range(32)).hex(),
    "slot": "local-cp-1",
    "role": "control-plane",
    "single_use": True,
}
FORM = "document form"


def promises(call: Callable[[], object]) -> list[tuple[str, str, str]]:
    """ID, claim and source of all that `call` is refused for."""
    with pytest.raises(AttestationError) as caught:
        call()
    return [(m.error_id, m.claim, m.source) for m in caught.value.mismatches]


def grant(**changes: Any) -> Grant:
    """The grant of a payload that the owner signed."""
    document = SignedDocument.sign(Kind.GRANT, GRANT | changes, [OWNER])
    return Grant.open(document, [OWNER.public])


def test_a_grant_is_a_document_of_fixed_form() -> None:
    """What stands in files, and what it is read as."""
    read = grant()
    assert read == Grant("local", bytes(range(32)), "local-cp-1", Role.CONTROL_PLANE)
    assert read.payload() == GRANT
    assert grant(role="worker").role is Role.WORKER


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 2),
        ("version", True),
        ("cluster", ""),
        ("nonce", "00"),
        ("slot", 1),
        ("role", "admin"),
        ("single_use", False),
        ("single_use", 1),
    ],
)
def test_every_other_grant_is_refused(name: str, value: Any) -> None:
    """A grant that may be used twice is none either."""
    assert promises(lambda: grant(**{name: value})) == [("DOC-004", f"grant.{name}", FORM)]


def initdata(world: Any, **changes: Any) -> Initdata:
    """The world's initdata, read from their bytes with other members."""
    members = canonical.decode_object(world.machine.initdata) | changes
    return Initdata.decode(canonical.encode(members))


def test_initdata_are_a_document_of_fixed_form(world: Any) -> None:
    """What the host writes is what a machine measures and reads."""
    members = canonical.decode_object(world.machine.initdata)
    assert list(members) == ["addresses", "cluster", "grant", "owners", "policy", "version"]
    assert members["version"] == 1
    assert initdata(world).encode() == world.machine.initdata


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 2),
        ("version", True),
        ("cluster", ""),
        ("owners", []),
        ("owners", ["00"]),
        ("addresses", ["10.0.0.1"]),
    ],
)
def test_every_other_initdata_are_refused(world: Any, name: str, value: Any) -> None:
    """By the path of what is wrong."""
    found = promises(lambda: initdata(world, **{name: value}))
    assert found == [("DOC-004", f"initdata.{name}", FORM)]


def changed_policy(world: Any, path: str, value: Any) -> Policy:
    """The policy of the world's payload with one value exchanged."""
    payload = world.policy.payload()
    *outer, last = path.split(".")
    inner = payload
    for name in outer:
        inner = inner[name]
    inner[last] = value
    return Policy.from_payload(payload, [world.owner.public])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", 2),
        ("epoch", 0),
        ("epoch", True),
        ("production", 1),
        ("emulated", "maybe"),
        ("anchors", []),
        ("anchors.snp", ["x", "x"]),
        ("anchors.tpm", []),
        ("pcrs", []),
        ("pcrs.4", ["00"]),
        ("snp", []),
        ("snp.measurements", [bytes(range(47)).hex()]),
        ("snp.minimum_tcb", []),
        ("snp.minimum_tcb.Genoa", 1),
        ("snp.minimum_tcb.Genoa.snp", 256),
        ("snp.minimum_tcb.Genoa.tee", -1),
        ("snp.accept_distrusted", []),
        ("snp.accept_distrusted", "Milan"),
        ("snp.vmpl", 4),
        ("snp.vmpl", -1),
        ("snp.allow_debug", 0),
        ("snp.allow_migration", 0),
    ],
)
def test_a_malformed_policy_is_refused_by_its_path(world: Any, path: str, value: Any) -> None:
    """Type, size and range of every member: DOC-004."""
    found = promises(lambda: changed_policy(world, path, value))
    assert found == [("DOC-004", f"policy.{path}", FORM)]


@pytest.mark.parametrize("day", ["soon", "", "2027-02-30", "20270630", "2027-W26-3", 1])
def test_an_exception_ends_with_a_day(world: Any, day: Any) -> None:
    """A day that exists, in one form only, by its path."""
    found = promises(lambda: changed_policy(world, "snp.accept_distrusted", {"Milan": day}))
    assert found == [("DOC-004", "policy.snp.accept_distrusted.Milan", FORM)]


@pytest.mark.parametrize("path", ["snp.minimum_tcb", "snp.accept_distrusted"])
def test_a_product_that_does_not_exist_is_named(world: Any, path: str) -> None:
    """Beside those that do, or alone: DOC-002."""
    found = promises(lambda: changed_policy(world, path, {"Rome": {}}))
    assert ("DOC-002", f"policy.{path}", FORM) in found


def test_a_floor_for_an_unknown_product_says_which_are_known(world: Any) -> None:
    """All product lines, as there is none in it to complete."""
    with pytest.raises(AttestationError) as caught:
        changed_policy(world, "snp.minimum_tcb", {"Rome": {}})
    found = caught.value.mismatches
    missing = {m.claim.rpartition(".")[2] for m in found if m.error_id == "DOC-003"}
    assert missing == {product.value for product in Product}


def test_the_same_policy_in_another_order_is_refused(world: Any) -> None:
    """One policy has one digest, so it has one form (V19)."""
    values = [bytes(range(1, 49)).hex(), bytes(range(48)).hex()]
    assert changed_policy(world, "snp.measurements", values[::-1]).epoch == 3
    found = promises(lambda: changed_policy(world, "snp.measurements", values))
    assert found == [("DOC-004", "policy", FORM)]


def test_certificates_in_a_policy_have_nothing_beside_them(world: Any) -> None:
    """A comment before a certificate would make another digest of the same policy."""
    pem = f"comment\n{world.maker.ark.pem}"
    found = promises(lambda: changed_policy(world, "anchors.snp", [pem]))
    assert found == [("DOC-004", "policy", FORM)]


def test_a_policy_keeps_every_word(world: Any) -> None:
    """Emulation refused as well as accepted; floors of a line with a component more."""
    rules = replace(world.policy.snp, minimum_tcb={Product.TURIN: Tcb(1, 2, 3, 4, 5)})
    genuine = tuple(replace(anchor, emulated=False) for anchor in world.policy.anchors.all)
    anchors = Anchors(genuine[:1], genuine[1:])
    policy = replace(world.policy, snp=rules, accept_emulated=False, anchors=anchors)
    payload: Any = policy.payload()
    assert payload["emulated"] == "refuse"
    assert world.policy.payload()["emulated"] == "accept"
    assert payload["snp"]["minimum_tcb"] == {
        "Turin": {"fmc": 5, "boot_loader": 1, "tee": 2, "snp": 3, "microcode": 4}
    }


def test_the_first_epoch_is_one(world: Any) -> None:
    """Epochs count from there."""
    assert changed_policy(world, "epoch", 1).epoch == 1


def test_what_a_policy_lacks_is_named(world: Any) -> None:
    """A register with no value is not stated: ATT-010."""
    pcrs = {**world.policy.pcrs, 9: frozenset()}
    found = promises(lambda: replace(world.policy, pcrs=pcrs))
    assert found == [("ATT-010", "policy PCRs", "policy")]
    rules = replace(world.policy.snp, measurements=frozenset(), minimum_tcb={})
    lacking = promises(lambda: replace(world.policy, snp=rules, owners=frozenset()))
    claims = ["policy owners", "policy measurements", "policy minimum TCB"]
    assert lacking == [("ATT-010", claim, "policy") for claim in claims]


@pytest.mark.parametrize("value", [bytes(48), b"\1" * 48, bytes(range(47)), b""])
def test_a_reference_value_is_a_digest(world: Any, value: bytes) -> None:
    """A constant, one too short, and nothing: ATT-013."""
    rules = replace(world.policy.snp, measurements=frozenset({value}))
    found = promises(lambda: replace(world.policy, snp=rules))
    assert found == [("ATT-013", "policy measurement", "policy")]
    pcrs = {**world.policy.pcrs, 4: frozenset({value[:31]})}
    found = promises(lambda: replace(world.policy, pcrs=pcrs))
    assert found == [("ATT-013", "policy PCR 4", "policy")]


def test_each_production_rule_is_named_alone(world: Any) -> None:
    """Only what breaks it."""
    rules = replace(world.policy.snp, allow_migration=True)
    found = promises(lambda: replace(world.policy, production=True, snp=rules))
    source = "production rules"
    assert found == [
        ("ATT-011", "policy emulated", source),
        ("ATT-011", "policy allow_migration", source),
    ]
    found = promises(lambda: replace(world.policy, accept_emulated=False))
    assert found == [("ATT-011", "policy anchors", source)]


@pytest.mark.parametrize("value", [b"", bytes(64), b"\1" * 64, bytes(range(63)), bytes(range(65))])
def test_a_binding_is_64_bytes_that_differ(value: bytes) -> None:
    """Named as the caller's fault (A04)."""
    assert promises(lambda: Binding(value)) == [("ATT-001", "binding", "caller")]


def test_a_binding_is_nothing_but_bytes() -> None:
    """A caller without types gets the same refusal."""
    for value in ("x" * 64, None, list(range(64))):
        with pytest.raises(AttestationError):
            Binding(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "evidence_format"), [("snp", Format.SNP), ("tpm", Format.TPM)])
def test_anchors_are_named_by_their_format(world: Any, name: str, evidence_format: Format) -> None:
    """None, another format's, no authority, two in one text: ATT-014."""
    anchors, maker = world.policy.anchors, world.maker
    other = anchors.tpm if name == "snp" else anchors.snp
    pems = {"snp": [maker.ark.pem], "tpm": [maker.tpm_root.pem]}
    cases: list[Callable[[], object]] = [
        lambda: replace(anchors, **{name: ()}),
        lambda: replace(anchors, **{name: other}),
        lambda: Anchors.from_pem(**(pems | {name: ["x"]})),
        lambda: Anchors.from_pem(**(pems | {name: [maker.ark.pem * 2]})),
        lambda: Anchor.of(evidence_format, maker.ask.der),
        lambda: Anchor.of(evidence_format, b"x"),
    ]
    for call in cases:
        assert promises(call) == [("ATT-014", f"{name} anchors", "policy")]
