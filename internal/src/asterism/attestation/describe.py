"""Claims for people: each with its value, what proves it, and the root that the proof rests on."""

from datetime import UTC
from typing import NamedTuple

from asterism.attestation.anchors import EMULATED, Anchor, Format
from asterism.attestation.claims import NodeClaims

_SESSION = "verifier"


class Statement(NamedTuple):
    """One line of `asterism cluster verify`."""

    claim: str
    value: str
    proven_by: str
    under: str
    """The root, or who else must be believed."""


def describe(claims: NodeClaims) -> list[Statement]:
    """Everything that was proven about a node: the machine, what it runs, its place."""
    return [*_machine(claims), *_software(claims), *_place(claims), *_judgement(claims)]


def _machine(claims: NodeClaims) -> list[Statement]:
    snp, tpm = _root(claims, Format.SNP), _root(claims, Format.TPM)
    versions = claims.versions
    return [
        Statement("machine", claims.tee, "SNP report signature", snp),
        Statement("product", versions.product, "SNP certificate", snp),
        Statement("platform", claims.platform_id.hex(), "SNP report and certificate", snp),
        Statement("TCB reported", str(versions.reported), "SNP report and certificate", snp),
        Statement("TCB committed", str(versions.committed), "SNP report", snp),
        Statement("TCB at launch", str(versions.launch), "SNP report", snp),
        Statement("privilege level", f"VMPL {claims.vmpl}", "SNP report", snp),
        Statement("attestation key", claims.ak_name.hex(), "SNP report data", snp),
        Statement("endorsement key", claims.ek_fingerprint.hex(), "TPM certificate", tpm),
    ]


def _software(claims: NodeClaims) -> list[Statement]:
    snp = _root(claims, Format.SNP)
    quoted = "TPM quote by the attestation key"
    lines = [Statement("launch measurement", claims.measurement.hex(), "SNP report", snp)]
    lines += [
        Statement(f"PCR {index}", value.hex(), quoted, snp)
        for index, value in sorted(claims.pcrs.items())
    ]
    return lines


def _place(claims: NodeClaims) -> list[Statement]:
    snp, owners = _root(claims, Format.SNP), "owner keys"
    grant = claims.grant
    cluster = claims.cluster_id.hex() if claims.cluster_id else "none yet"
    return [
        Statement("initdata", claims.initdata_digest.hex(), "SNP host data and PCR 8", snp),
        Statement("name", f"{grant.slot} of {grant.cluster}", "grant in the initdata", owners),
        Statement("role", grant.role, "grant in the initdata", owners),
        Statement("cluster", cluster, "PCR 15", snp),
    ]


def _judgement(claims: NodeClaims) -> list[Statement]:
    policy = f"epoch {claims.policy_epoch}, {claims.policy_digest.hex()}"
    labels = ", ".join(sorted(claims.labels)) or "none"
    return [
        Statement("policy applied", policy, "signature", "owner keys"),
        Statement("verified at", f"{claims.verified_at.astimezone(UTC):%FT%TZ}", "clock", _SESSION),
        Statement("labels", labels, "roots used", _SESSION),
    ]


def _root(claims: NodeClaims, evidence_format: Format) -> str:
    used = next(anchor for anchor in claims.anchors if anchor.format is evidence_format)
    return _anchor_text(used)


def _anchor_text(anchor: Anchor) -> str:
    unsaid = anchor.emulated and EMULATED not in anchor.common_name
    mark = f"{EMULATED} " if unsaid else ""
    return f"{mark}{anchor.common_name} (sha256 {anchor.fingerprint[:16]})"
