"""The owner's policy: which machines are accepted. Every field is mandatory; nothing has a default.

Production rules are enforced when a policy is made, so a policy that would accept emulated,
debuggable or migratable machines in production does not exist.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import NoReturn

from asterism.attestation import unmeasured
from asterism.attestation.anchors import EMULATED, Anchors, pem_of
from asterism.attestation.claims import Tee
from asterism.attestation.snp.tcb import Product, Tcb, component_names
from asterism.errors import AttestationError, Mismatch
from asterism.keys import canonical
from asterism.keys.canonical import Json, JsonObject
from asterism.keys.documents import Kind, SignedDocument, Signer
from asterism.keys.fields import Fields

VERSION = 1
MEASUREMENT_SIZE = 48
PCR_SIZE = 32

REQUIRED_REGISTERS: Mapping[Tee, tuple[int, ...]] = MappingProxyType(
    # 4: what the firmware started; 8: initdata; 9: initrd and what is loaded beside the image;
    # 11: the unified kernel image with its command line; 15: the cluster.
    {Tee.SNP_VTPM: (4, 8, 9, 11, 15)}
)
"""What evidence must show, neither more nor fewer registers. No policy can leave one out (V05)."""

COMPUTED_REGISTERS = frozenset({8, 15})
"""Their values follow from initdata and cluster, so a policy never states them."""


@dataclass(frozen=True, slots=True)
class SnpRules:
    """What an SNP report must say."""

    measurements: frozenset[bytes]
    """Accepted launch measurements, 48 bytes each."""
    minimum_tcb: Mapping[Product, Tcb]
    """The floor of each accepted product line; a line that is not here is refused (V09)."""
    accept_distrusted: Mapping[Product, date]
    """Until when a line of `snp.distrust` is accepted all the same, that day included (UTC)."""
    vmpl: int
    """The privilege level that must have asked for the report, 0 to 3."""
    allow_debug: bool
    allow_migration: bool


@dataclass(frozen=True)  # no slots: `digest` is computed once and kept
class Policy:
    """Reference values and rules, and the owners under whose word they stand.

    Raises AttestationError ATT-010 (incomplete), ATT-011 (production rule), ATT-013 (null value).
    """

    epoch: int
    production: bool
    accept_emulated: bool
    anchors: Anchors
    pcrs: Mapping[int, frozenset[bytes]]
    """Accepted values of each register that is not computed."""
    snp: SnpRules
    owners: frozenset[bytes]
    """The owners whose signature made this a policy; grants must be theirs, too."""

    def __post_init__(self) -> None:
        """Refuse what is incomplete or contradicts itself, with every reason."""
        found = [*_incomplete(self), *_null_values(self), *_against_production(self)]
        if found:
            raise AttestationError(found)

    @classmethod
    def open(cls, document: SignedDocument, owners: Collection[bytes]) -> "Policy":
        """The policy that one of `owners`, as the reader knows them, has signed."""
        return cls.from_payload(document.open(Kind.POLICY, owners), owners)

    @classmethod
    def from_payload(cls, payload: JsonObject, owners: Collection[bytes]) -> "Policy":
        """From a payload that is about to be signed by `owners`, or whose signature was checked.

        One policy has one payload, and so one digest: lists are sorted, certificates are in the
        form of `pem_of`. AttestationError DOC-00x, ATT-01x.
        """
        names = ("version", "epoch", "production", "emulated", "anchors", "pcrs", "snp")
        top = Fields(payload, "policy", names)
        top.version(VERSION)
        anchors = Fields(top.raw("anchors"), "policy.anchors", ("snp", "tpm"))
        policy = cls(
            epoch=top.number("epoch", least=1),
            production=top.flag("production"),
            accept_emulated=top.choice("emulated", ("accept", "refuse")) == "accept",
            anchors=Anchors.from_pem(snp=anchors.text_list("snp"), tpm=anchors.text_list("tpm")),
            pcrs=_pcrs(top.raw("pcrs")),
            snp=_snp(top.raw("snp")),
            owners=frozenset(owners),
        )
        if policy.payload() != payload:
            _not_normal()
        return policy

    def payload(self) -> JsonObject:
        """The document's payload."""
        return {
            "version": VERSION,
            "epoch": self.epoch,
            "production": self.production,
            "emulated": "accept" if self.accept_emulated else "refuse",
            "anchors": {
                "snp": [pem_of(anchor) for anchor in self.anchors.snp],
                "tpm": [pem_of(anchor) for anchor in self.anchors.tpm],
            },
            "pcrs": {str(index): _hex_list(values) for index, values in self.pcrs.items()},
            "snp": {
                "measurements": _hex_list(self.snp.measurements),
                "minimum_tcb": {
                    product.value: {n: getattr(tcb, n) for n in component_names(product)}
                    for product, tcb in self.snp.minimum_tcb.items()
                },
                "accept_distrusted": {
                    product.value: until.isoformat()
                    for product, until in self.snp.accept_distrusted.items()
                },
                "vmpl": self.snp.vmpl,
                "allow_debug": self.snp.allow_debug,
                "allow_migration": self.snp.allow_migration,
            },
        }

    def sign(self, *signers: Signer) -> SignedDocument:
        """The signed document of this policy."""
        return SignedDocument.sign(Kind.POLICY, self.payload(), signers)

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the canonical payload, as the genesis carries it."""
        return hashlib.sha256(canonical.encode(self.payload())).digest()


def stated_registers(tee: Tee) -> tuple[int, ...]:
    """The registers for which a policy states values."""
    return tuple(i for i in REQUIRED_REGISTERS[tee] if i not in COMPUTED_REGISTERS)


def _not_normal() -> NoReturn:
    raise AttestationError.of(
        "DOC-004",
        claim="policy",
        expected="sorted lists, and certificates with nothing beside them",
        got="another form of the same policy",
        source="document form",
    )


def _pcrs(value: Json) -> Mapping[int, frozenset[bytes]]:
    wanted = stated_registers(Tee.SNP_VTPM)
    fields = Fields(value, "policy.pcrs", [str(index) for index in wanted])
    return MappingProxyType(
        {index: frozenset(fields.octet_list(str(index), PCR_SIZE)) for index in wanted}
    )


def _snp(value: Json) -> SnpRules:
    names = (
        "measurements", "minimum_tcb", "accept_distrusted",
        "vmpl", "allow_debug", "allow_migration",
    )  # fmt: skip
    fields = Fields(value, "policy.snp", names)
    return SnpRules(
        measurements=frozenset(fields.octet_list("measurements", MEASUREMENT_SIZE)),
        minimum_tcb=_floors(fields.object("minimum_tcb")),
        accept_distrusted=_exceptions(fields.raw("accept_distrusted")),
        vmpl=fields.number("vmpl", most=3),
        allow_debug=fields.flag("allow_debug"),
        allow_migration=fields.flag("allow_migration"),
    )


def _floors(value: JsonObject) -> Mapping[Product, Tcb]:
    """`{"Genoa": {"boot_loader": 9, ...}}`: any of the product lines, each with all components."""
    products = [product for product in Product if product.value in value]
    lines = Fields(value, "policy.snp.minimum_tcb", [p.value for p in products] or list(Product))
    return MappingProxyType({p: _floor(p, lines.raw(p.value)) for p in products})


def _floor(product: Product, value: Json) -> Tcb:
    names = component_names(product)
    fields = Fields(value, f"policy.snp.minimum_tcb.{product}", names)
    return Tcb(**{name: fields.number(name, most=255) for name in names})


def _exceptions(value: Json) -> Mapping[Product, date]:
    """`{"Milan": "2027-06-30"}`, or nothing."""
    named = [product for product in Product if isinstance(value, dict) and product.value in value]
    lines = Fields(value, "policy.snp.accept_distrusted", named)
    return MappingProxyType({product: _day(lines, product.value) for product in named})


def _day(fields: Fields, name: str) -> date:
    text = fields.text(name)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        fields.refuse(name, "a day, YYYY-MM-DD")
    if day.isoformat() != text:
        fields.refuse(name, "a day, YYYY-MM-DD")
    return day


def _incomplete(policy: Policy) -> list[Mismatch]:
    wanted = set(stated_registers(Tee.SNP_VTPM))
    stated = {index for index, values in policy.pcrs.items() if values}
    checks = (
        ("policy owners", "one or more", bool(policy.owners)),
        ("policy PCRs", f"values for {sorted(wanted)}", stated == wanted),
        ("policy measurements", "one or more", bool(policy.snp.measurements)),
        ("policy minimum TCB", "one or more products", bool(policy.snp.minimum_tcb)),
    )
    return [
        Mismatch("ATT-010", claim, expected, "too few or unknown", "policy")
        for claim, expected, complete in checks
        if not complete
    ]


def _null_values(policy: Policy) -> list[Mismatch]:
    """Constants such as all-zero stand for `not measured` and are never a reference value (V07)."""
    sized = [("measurement", MEASUREMENT_SIZE, value) for value in policy.snp.measurements]
    sized += [(f"PCR {i}", PCR_SIZE, v) for i, values in policy.pcrs.items() for v in values]
    return [
        Mismatch("ATT-013", f"policy {claim}", f"a digest of {size} bytes", value.hex(), "policy")
        for claim, size, value in sized
        if len(value) != size or unmeasured.is_constant(value)
    ]


def _against_production(policy: Policy) -> list[Mismatch]:
    found = []
    if policy.anchors.emulated and not policy.accept_emulated:
        names = ", ".join(anchor.name for anchor in policy.anchors.emulated)
        found.append(_rule("anchors", f"none that is {EMULATED}", names))
    if policy.production:
        wrong = (
            ("emulated", "refuse", policy.accept_emulated, "accept"),
            ("allow_debug", "false", policy.snp.allow_debug, "true"),
            ("allow_migration", "false", policy.snp.allow_migration, "true"),
        )
        found += [_rule(claim, want, got) for claim, want, broken, got in wrong if broken]
    return found


def _rule(claim: str, expected: str, got: str) -> Mismatch:
    return Mismatch("ATT-011", f"policy {claim}", expected, got, "production rules")


def _hex_list(values: Collection[bytes]) -> list[Json]:
    return [value.hex() for value in sorted(values)]
