"""From an SNP report and its certificates to what they prove (checklist: AMD 56860 and 57230).

First authenticity, where the first failure ends everything; then what the policy wants, where all
differences are collected.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA384

from asterism.attestation import unmeasured
from asterism.attestation.anchors import Anchor
from asterism.attestation.binding import Binding
from asterism.attestation.claims import SnpVersions
from asterism.attestation.findings import Findings
from asterism.attestation.policy import SnpRules
from asterism.attestation.snp.certificates import Endorsement, verify_chain
from asterism.attestation.snp.distrust import DISTRUSTED
from asterism.attestation.snp.report import ECDSA_P384_SHA384, Report, SigningKey, malformed
from asterism.attestation.snp.tcb import Product, Tcb, has_cpuid
from asterism.errors import AttestationError

_FIRST_VERSION_WITH_CPUID = 3
_NO_MIGRATION_AGENT = b"\xff" * 32


@dataclass(frozen=True, slots=True)
class AuthenticReport:
    """A report that a genuine processor signed. Whether it is wanted is another question."""

    report: Report
    endorsement: Endorsement
    versions: SnpVersions


def authenticate(
    raw: bytes, leaf: bytes, intermediate: bytes, anchors: tuple[Anchor, ...], at: datetime
) -> AuthenticReport:
    """Check form, chain, TCB, chip and signature of a report.

    Raises AttestationError ATT-101 to ATT-108.
    """
    report = Report.parse(raw)
    endorsement = verify_chain(leaf, intermediate, anchors, at)
    _require_signing_key(report, endorsement)
    _require_signature(report, endorsement.key)
    versions = _versions(report, endorsement)
    _require_endorsed_platform(report, endorsement, versions)
    return AuthenticReport(report, endorsement, versions)


def check_rules(
    authentic: AuthenticReport,
    rules: SnpRules,
    *,
    binding: Binding,
    host_data: bytes,
    at: datetime,
    findings: Findings,
) -> None:
    """Record every difference between an authentic report and what is wanted at the time `at`."""
    report = authentic.report
    findings.equal("ATT-002", "SNP report data", binding.value, report.report_data, "session")
    findings.equal("ATT-021", "SNP host data", host_data, report.host_data, "initdata")
    _check_measurement(report.measurement, rules, findings)
    findings.require(
        report.vmpl == rules.vmpl,
        "ATT-111",
        "SNP VMPL",
        str(rules.vmpl),
        str(report.vmpl),
        "policy",
    )
    _check_guest_policy(report, rules, findings)
    _check_floor(authentic.versions, rules, findings)
    _check_trusted(authentic.versions.product, rules, at, findings)


def _require_signing_key(report: Report, endorsement: Endorsement) -> None:
    """ATT-102 unless the report was signed as the certificate says, and by a chip's own key.

    A VLEK names no chip but a cloud provider. As no policy names a provider, none is accepted.
    """
    if report.signature_algorithm != ECDSA_P384_SHA384:
        raise _signing_key("ECDSA P-384 with SHA-384", str(report.signature_algorithm))
    if report.signing_key is not endorsement.kind:
        raise _signing_key(endorsement.kind.name, report.signing_key.name)
    if endorsement.kind is not SigningKey.VCEK:
        raise _signing_key(SigningKey.VCEK.name, f"{endorsement.kind.name} of a provider")


def _signing_key(expected: str, got: str) -> AttestationError:
    return AttestationError.of(
        "ATT-102", claim="SNP signing key", expected=expected, got=got, source="certificate"
    )


def _require_signature(report: Report, key: ec.EllipticCurvePublicKey) -> None:
    signature = utils.encode_dss_signature(report.r, report.s)
    try:
        key.verify(signature, report.signed, ec.ECDSA(SHA384()))
    except InvalidSignature:
        raise AttestationError.of(
            "ATT-108",
            claim="SNP report signature",
            expected="by the key of the certificate",
            got="one that does not verify",
            source="certificate",
        ) from None


def _versions(report: Report, endorsement: Endorsement) -> SnpVersions:
    product = endorsement.product
    try:
        return SnpVersions(
            product=product,
            reported=Tcb.parse(report.reported_tcb, product),
            committed=Tcb.parse(report.committed_tcb, product),
            launch=Tcb.parse(report.launch_tcb, product),
            current=Tcb.parse(report.current_tcb, product),
        )
    except ValueError as exc:
        malformed("TCB version", f"the layout of {product}", str(exc))


def _require_endorsed_platform(
    report: Report, endorsement: Endorsement, versions: SnpVersions
) -> None:
    """The certificate must be for this chip with this firmware: the *reported* TCB, no other."""
    findings = Findings()
    findings.require(
        endorsement.tcb == versions.reported,
        "ATT-106",
        "SNP reported TCB",
        str(endorsement.tcb),
        str(versions.reported),
        "certificate",
    )
    if report.masked_chip_key:
        findings.differs("ATT-107", "SNP chip ID", "shown", "masked", "certificate")
    chip = endorsement.hardware_id
    findings.equal("ATT-107", "SNP chip ID", chip, report.chip_id, "certificate")
    family, model, _ = report.cpuid
    if report.version >= _FIRST_VERSION_WITH_CPUID:
        findings.require(
            has_cpuid(endorsement.product, family, model),
            "ATT-107",
            "SNP CPUID",
            endorsement.product,
            f"family {family:#x} model {model:#x}",
            "certificate",
        )
    findings.raise_if_any()


def _check_measurement(measurement: bytes, rules: SnpRules, findings: Findings) -> None:
    if unmeasured.is_constant(measurement):
        expected, got = "a measured launch", measurement.hex()
        findings.differs("ATT-013", "SNP measurement", expected, got, "AMD 56860")
    findings.among("ATT-110", "SNP measurement", rules.measurements, measurement, "policy")


def _check_guest_policy(report: Report, rules: SnpRules, findings: Findings) -> None:
    debug = report.policy.debug_allowed and not rules.allow_debug
    findings.require(not debug, "ATT-112", "SNP debug", "off", "on", "policy")
    migratable = (
        report.policy.migration_allowed or report.migration_agent != _NO_MIGRATION_AGENT
    ) and not rules.allow_migration
    findings.require(not migratable, "ATT-113", "SNP migration", "off", "on", "policy")


def _check_floor(versions: SnpVersions, rules: SnpRules, findings: Findings) -> None:
    """Reported, committed and launch TCB; the latter two show what could be gone back to."""
    floor = rules.minimum_tcb.get(versions.product)
    if floor is None:
        wanted = ", ".join(sorted(rules.minimum_tcb))
        findings.differs("ATT-115", "SNP product", wanted, versions.product, "policy")
        return
    for name in ("reported", "committed", "launch"):
        tcb: Tcb = getattr(versions, name)
        claim, expected = f"SNP {name} TCB", f"at least {floor}"
        findings.require(tcb.reaches(floor), "ATT-114", claim, expected, str(tcb), "policy")


def _check_trusted(product: Product, rules: SnpRules, at: datetime, findings: Findings) -> None:
    """A distrusted line needs an exception in the policy that has not ended."""
    distrust = DISTRUSTED.get(product)
    if distrust is None:
        return
    until = rules.accept_distrusted.get(product)
    findings.require(
        until is not None and at.astimezone(UTC).date() <= until,
        "ATT-116",
        "SNP product",
        f"not {product}, or an exception for it that has not ended (policy: {until or 'none'})",
        f"{product}, distrusted since {distrust.since}: {distrust.reason}",
        "list of distrusted product lines",
    )
