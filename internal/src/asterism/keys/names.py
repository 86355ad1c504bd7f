"""Who a certificate speaks for, as decided by the issuer and never by a request (attack A14)."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier


class Profile(Enum):
    """What a leaf certificate is for."""

    CLIENT = "client"
    SERVING = "serving"
    PEER = "peer"
    """Both sides of a connection, as etcd members need."""

    @property
    def usages(self) -> tuple[ObjectIdentifier, ...]:
        """The extended key usages (RFC 5280 section 4.2.1.12)."""
        return _USAGES[self]


_USAGES: dict[Profile, tuple[ObjectIdentifier, ...]] = {
    Profile.CLIENT: (ExtendedKeyUsageOID.CLIENT_AUTH,),
    Profile.SERVING: (ExtendedKeyUsageOID.SERVER_AUTH,),
    Profile.PEER: (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
}


@dataclass(frozen=True, slots=True)
class Names:
    """Subject and alternative names of a leaf. Kubernetes reads CN as user, O as groups."""

    common_name: str
    organizations: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    addresses: tuple[IPv4Address, ...] = ()

    def subject(self) -> x509.Name:
        """The distinguished name, organizations first."""
        parts = [(NameOID.ORGANIZATION_NAME, name) for name in self.organizations]
        parts.append((NameOID.COMMON_NAME, self.common_name))
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])

    def alternatives(self) -> x509.SubjectAlternativeName | None:
        """The subjectAltName extension, if there is anything to put in it."""
        names: list[x509.GeneralName] = [x509.DNSName(name) for name in self.dns]
        names += [x509.IPAddress(address) for address in self.addresses]
        return x509.SubjectAlternativeName(names) if names else None
