"""What `cryptography` raises for certificates, requests and keys that are none. Data only."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""It reads a certificate's parts only when they are asked for, so any use of a stranger's
certificate may raise them."""
