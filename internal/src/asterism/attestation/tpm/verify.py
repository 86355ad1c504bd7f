"""From quoted registers and the event log to what they prove.

Digests count, never the data beside them: what is compared are the register values, which the log
must explain to the last event. A value that is one known extend away from zero says at the same
time that there was no other event, so events are not counted apart.
"""

from collections.abc import Mapping

from asterism.attestation import unmeasured
from asterism.attestation.findings import Findings
from asterism.attestation.pcr15 import Pcr15Rule
from asterism.attestation.tpm.quote import AuthenticQuote
from asterism.errors import AttestationError
from asterism.measurement import eventlog
from asterism.measurement.eventlog import EventLog, EventLogError
from asterism.measurement.pcr import fold
from asterism.tpm.constants import Alg

INITDATA_REGISTER = 8
CLUSTER_REGISTER = 15


def read_log(data: bytes) -> EventLog:
    """The event log; AttestationError ATT-208 for anything else, or one without SHA-256."""
    try:
        log = eventlog.parse(data)
    except EventLogError as exc:
        raise _malformed(exc.detail) from None
    if Alg.SHA256 not in log.banks:
        raise _malformed("it has no SHA-256 digests")
    return log


def check_registers(
    quote: AuthenticQuote,
    log: EventLog,
    *,
    stated: Mapping[int, frozenset[bytes]],
    initdata_digest: bytes,
    pcr15: Pcr15Rule,
    findings: Findings,
) -> None:
    """Record every register that holds what it should not, or that the log does not explain.

    `stated` are the policy's values; 8 and 15 follow from initdata and cluster.
    """
    _check_replay(quote, log, findings)
    for index, accepted in sorted(stated.items()):
        value = quote.pcrs[index]
        if unmeasured.is_constant(value):
            findings.differs("ATT-013", f"PCR {index}", "a measured start", value.hex(), "TPM 2.0")
        findings.among("ATT-210", f"PCR {index}", accepted, value, "policy")
    _check_initdata(quote, initdata_digest, findings)
    _check_cluster(quote, pcr15, findings)


def _check_replay(quote: AuthenticQuote, log: EventLog, findings: Findings) -> None:
    try:
        replayed = eventlog.replay(log)
    except EventLogError as exc:
        raise _malformed(exc.detail) from None
    for index, value in quote.pcrs.items():
        claim = f"event log for PCR {index}"
        findings.equal("ATT-209", claim, value, replayed[index], "quote")


def _check_initdata(quote: AuthenticQuote, initdata_digest: bytes, findings: Findings) -> None:
    """PCR 8 was extended exactly once, with the digest of the initdata."""
    value, wanted = quote.pcrs[INITDATA_REGISTER], fold([initdata_digest])
    findings.equal("ATT-021", "PCR 8 (initdata)", wanted, value, "initdata")


def _check_cluster(quote: AuthenticQuote, pcr15: Pcr15Rule, findings: Findings) -> None:
    """PCR 15 was never extended, or once with the cluster, as the rule allows."""
    value = quote.pcrs[CLUSTER_REGISTER]
    findings.among("ATT-211", "PCR 15 (cluster)", pcr15.allowed(), value, "session purpose")


def _malformed(got: str) -> AttestationError:
    return AttestationError.of(
        "ATT-208", claim="event log", expected="a TCG event log", got=got, source="TCG PFP"
    )
