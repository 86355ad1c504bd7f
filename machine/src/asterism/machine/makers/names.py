"""Names and dates of the emulated makers' certificates."""

from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from asterism import clock

EMULATED: Final = "EMULATED by Asterism"
ROOT_YEARS: Final = 25
LEAF_YEARS: Final = 7


def amd_name(common_name: str, *, marked: bool) -> x509.Name:
    """Give a name as AMD's certificates have it, plus a serialNumber attribute that says EMULATED.

    Verifiers of AMD's chains compare country, state, locality, organisation, unit and common name,
    each of which must be there exactly once; the additional attribute is what a reader sees.
    """
    attributes = [
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Engineering"),
        (NameOID.COUNTRY_NAME, "US"),
        (NameOID.LOCALITY_NAME, "Santa Clara"),
        (NameOID.STATE_OR_PROVINCE_NAME, "CA"),
        (NameOID.ORGANIZATION_NAME, "Advanced Micro Devices"),
        (NameOID.COMMON_NAME, common_name),
    ]
    if marked:
        attributes.append((NameOID.SERIAL_NUMBER, EMULATED))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def common_name(text: str) -> x509.Name:
    """Give a name of one common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def builder(
    subject: x509.Name, issuer: x509.Name, *, serial: int, years: int
) -> x509.CertificateBuilder:
    """Give a certificate builder whose validity began a day ago, so that no clock is too early."""
    start: datetime = clock.now() - timedelta(days=1)
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer)
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * years))
    )
