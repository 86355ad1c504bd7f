"""A14, a request for another's name. Taken away: names in certificates are the issuer's."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from asterism.bootstrapper import certificates
from asterism.keys.authority import Authority
from asterism.keys.names import Names, Profile


def apply(patch: pytest.MonkeyPatch) -> None:
    """Sign what is asked for, as a certificate authority without rules does."""

    def issue(
        authority: Authority,
        csr: bytes,
        names: Names,
        profile: Profile,
        at: datetime,
        lifetime: timedelta,
    ) -> bytes:
        request = x509.load_der_x509_csr(csr)
        key = request.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        wanted = _asked(request.subject) or names
        issued = authority.issue_for(key, wanted, profile, at=at, lifetime=lifetime)
        return issued.public_bytes(Encoding.PEM)

    patch.setattr(certificates, "_issue", issue)


def _asked(subject: x509.Name) -> Names | None:
    """The names of a request that has some."""
    names = [str(item.value) for item in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    groups = subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return Names(names[0], tuple(str(item.value) for item in groups)) if names else None
