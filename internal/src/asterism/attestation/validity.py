"""Periods in which certificates are valid. The time is always given, never looked up."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from asterism.errors import AttestationError


@dataclass(frozen=True, slots=True)
class Validity:
    """A period, both ends included."""

    not_before: datetime
    not_after: datetime

    def require(self, at: datetime, claim: str) -> None:
        """AttestationError ATT-105 unless `at` (with a time zone) lies within."""
        if not self.not_before <= at <= self.not_after:
            raise AttestationError.of(
                "ATT-105",
                claim=claim,
                expected=f"valid from {self.not_before:%F} to {self.not_after:%F}",
                got=f"{at:%F %T}",
                source="verification time",
            )


def narrowest(*certificates: x509.Certificate) -> Validity:
    """When all of `certificates` are valid."""
    return Validity(
        max(certificate.not_valid_before_utc for certificate in certificates),
        min(certificate.not_valid_after_utc for certificate in certificates),
    )
