"""Whether a certificate that was just issued is valid now, by the clock of whoever got it.

If it is not, one of the two clocks is wrong. Said here, it has a name; said later by TLS, in a
program that retries for ever, it has none.
"""

from datetime import datetime

from cryptography import x509

from asterism.errors import AttestationError


def require_valid(certificate: x509.Certificate, what: str, at: datetime) -> None:
    """AttestationError DOC-017 unless `certificate` is valid `at` this time (with a zone)."""
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not start <= at <= end:
        raise AttestationError.of(
            "DOC-017",
            claim=f"clocks: {what}",
            expected=f"valid at {at:%F %T} UTC, by the clock here",
            got=f"valid from {start:%F %T} to {end:%F %T} UTC, by its issuer's",
            source="certificate",
        )
