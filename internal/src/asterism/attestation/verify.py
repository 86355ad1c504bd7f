"""The one door of verification: evidence and every expectation in, claims or a refusal out.

What ties the parts of SNP+vTPM evidence together (the SVSM vTPM model):

- The *binding* is the SNP report data and, hashed, the quote's qualifying data. So both were made
  for this session, and neither can be swapped for an older one.
- The *attestation key* is inside the binding: the session puts the key's name into what it hashes,
  and must compare `NodeClaims.ak_name` with the name it used. So the SNP report vouches for the
  key that signed the quote.
- *Initdata* is bound twice: as SNP HOST_DATA and as the only event of PCR 8.

What is *not* proven: that attestation key and endorsement certificate are of one TPM. The
certificate shows which vTPM the machine claims to have; that the quoting key lives in a vTPM of
this very confidential machine rests on the SNP report alone, that is on the measured guest that
asked for it. A MakeCredential exchange at enrolment, which closes this, is not part of evidence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

from asterism.attestation import initdata as initdata_document
from asterism.attestation.anchors import EMULATED, Anchor
from asterism.attestation.binding import Binding
from asterism.attestation.claims import NodeClaims, Tee
from asterism.attestation.findings import Findings
from asterism.attestation.grant import Grant
from asterism.attestation.initdata import Initdata
from asterism.attestation.pcr15 import Pcr15Rule
from asterism.attestation.policy import REQUIRED_REGISTERS, Policy
from asterism.attestation.snp import verify as snp
from asterism.attestation.snp.verify import AuthenticReport
from asterism.attestation.tpm import key, quote
from asterism.attestation.tpm import verify as tpm
from asterism.attestation.tpm.endorsement import EndorsementCertificate, verify_endorsement
from asterism.attestation.tpm.quote import AuthenticQuote
from asterism.keys.documents import Kind
from asterism.measurement.eventlog import EventLog
from asterism.proto.evidence.v1.evidence_pb2 import Evidence, TpmEvidence
from asterism.tpm.structures import Public

_TEE = Tee.SNP_VTPM
_CHAIN_LENGTH = 2


@dataclass(frozen=True, slots=True)
class _Authentic:
    """Evidence whose signatures all verify under pinned roots, and nothing more."""

    report: AuthenticReport
    quote: AuthenticQuote
    endorsement: EndorsementCertificate
    log: EventLog
    initdata: Initdata
    initdata_digest: bytes
    grant: Grant

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """The roots that were used."""
        return (self.report.endorsement.anchor, self.endorsement.anchor)

    @property
    def emulated(self) -> bool:
        """Whether anything here rests on an emulated maker."""
        return self.report.endorsement.emulated or self.endorsement.emulated


def verify_evidence(
    evidence: Evidence, *, binding: Binding, policy: Policy, pcr15: Pcr15Rule, at: datetime
) -> NodeClaims:
    """What `evidence` proves, if it is genuine, made for `binding`, and as `policy` wants.

    `at` is the time of verification, with its zone. The caller must compare the claims' `ak_name`
    with the name inside `binding`. Raises AttestationError: at once for what is malformed or
    forged, otherwise with every mismatch.
    """
    _require_whole(evidence)
    authentic = _authenticate(evidence, policy, at)
    findings = Findings()
    _check_emulation(authentic, policy, findings)
    snp.check_rules(
        authentic.report,
        policy.snp,
        binding=binding,
        host_data=authentic.initdata_digest,
        at=at,
        findings=findings,
    )
    quote.check_purpose(authentic.quote, binding.qualifying_data, findings)
    tpm.check_registers(
        authentic.quote,
        authentic.log,
        stated=policy.pcrs,
        initdata_digest=authentic.initdata_digest,
        pcr15=pcr15,
        findings=findings,
    )
    findings.raise_if_any()
    return _claims(authentic, policy, pcr15, at)


def ak_name_of(evidence: Evidence) -> bytes:
    """TPM name (34 bytes) of the attestation key that `evidence` shows, verified or not.

    For the binder, before there is anything to verify. AttestationError ATT-201.
    """
    return key.read(Public.parse, evidence.tpm.ak_public).name()


def _require_whole(evidence: Evidence) -> None:
    """ATT-003 (ATT-020 for initdata) with every part that is missing or too many."""
    findings = Findings()
    count = len(evidence.snp.certificates)
    expected = "leaf and intermediate"
    findings.require(
        count == _CHAIN_LENGTH, "ATT-003", "SNP certificates", expected, str(count), "evidence form"
    )
    parts: list[tuple[str, str, bytes]] = [
        ("ATT-020", "initdata", evidence.initdata),
        ("ATT-003", "SNP report", evidence.snp.report),
    ]
    names = ("ak_public", "quoted", "signature", "event_log", "ek_certificate")
    parts += [("ATT-003", f"TPM {name}", getattr(evidence.tpm, name)) for name in names]
    for error_id, claim, value in parts:
        findings.require(bool(value), error_id, claim, "present", "missing", "evidence form")
    values, wanted = len(evidence.tpm.pcrs), len(REQUIRED_REGISTERS[_TEE])
    findings.require(
        values == wanted, "ATT-003", "TPM pcrs", f"{wanted} values", str(values), "evidence form"
    )
    findings.raise_if_any()


def _authenticate(evidence: Evidence, policy: Policy, at: datetime) -> _Authentic:
    leaf, intermediate = evidence.snp.certificates
    anchors = policy.anchors
    initdata, grant = _open_initdata(evidence.initdata, policy.owners)
    return _Authentic(
        report=snp.authenticate(evidence.snp.report, leaf, intermediate, anchors.snp, at),
        quote=_authenticate_quote(evidence.tpm),
        endorsement=verify_endorsement(evidence.tpm.ek_certificate, anchors.tpm, at),
        log=tpm.read_log(evidence.tpm.event_log),
        initdata=initdata,
        initdata_digest=initdata_document.digest(evidence.initdata),
        grant=grant,
    )


def _authenticate_quote(evidence: TpmEvidence) -> AuthenticQuote:
    registers = REQUIRED_REGISTERS[_TEE]
    return quote.authenticate(
        ak_public=evidence.ak_public,
        quoted=evidence.quoted,
        signature=evidence.signature,
        pcrs=MappingProxyType(dict(zip(registers, evidence.pcrs, strict=True))),
        registers=registers,
    )


def _check_emulation(authentic: _Authentic, policy: Policy, findings: Findings) -> None:
    names = ", ".join(anchor.name for anchor in authentic.anchors)
    accepted = policy.accept_emulated or not authentic.emulated
    findings.require(accepted, "ATT-012", "roots", "none that is emulated", names, "policy")


@lru_cache(maxsize=64)
def _open_initdata(data: bytes, owners: frozenset[bytes]) -> tuple[Initdata, Grant]:
    """Initdata and grant, if grant and policy in them are of the very owners of our policy.

    Kept by all that they depend on, as every session with a machine shows the same initdata.
    """
    initdata, findings = Initdata.decode(data), Findings()
    if frozenset(initdata.owners) != owners:
        wanted, got = _hex_list(owners), _hex_list(initdata.owners)
        findings.differs("ATT-022", "initdata owners", wanted, got, "owners of the policy")
        findings.raise_if_any()
    initdata.policy.open(Kind.POLICY, owners)
    grant = Grant.open(initdata.grant, owners)
    same = grant.cluster == initdata.cluster
    findings.require(
        same, "ATT-023", "cluster of the grant", initdata.cluster, grant.cluster, "initdata"
    )
    findings.raise_if_any()
    return initdata, grant


def _claims(authentic: _Authentic, policy: Policy, pcr15: Pcr15Rule, at: datetime) -> NodeClaims:
    report, quoted = authentic.report.report, authentic.quote.quoted
    return NodeClaims(
        tee=_TEE,
        measurement=report.measurement,
        pcrs=authentic.quote.pcrs,
        platform_id=report.chip_id,
        vmpl=report.vmpl,
        versions=authentic.report.versions,
        ak_name=authentic.quote.public.name(),
        ek_fingerprint=authentic.endorsement.fingerprint,
        reset_count=quoted.reset_count,
        restart_count=quoted.restart_count,
        initdata=authentic.initdata,
        initdata_digest=authentic.initdata_digest,
        grant=authentic.grant,
        cluster_id=pcr15.cluster_of(authentic.quote.pcrs[tpm.CLUSTER_REGISTER]),
        policy_digest=policy.digest,
        policy_epoch=policy.epoch,
        anchors=authentic.anchors,
        labels=frozenset({EMULATED} if authentic.emulated else ()),
        verified_at=at,
    )


def _hex_list(keys: Iterable[bytes]) -> str:
    return ", ".join(sorted(key.hex() for key in keys))
