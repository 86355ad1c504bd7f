"""Reading certificates: one certificate, one form."""

from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from asterism.attestation.anchors import load_certificate

NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])


def certificate_whose_signature_is_even() -> x509.Certificate:
    """The last bit of its signature is zero, so it could be called unused."""
    key = rsa.generate_private_key(65537, 2048)
    while True:
        builder = x509.CertificateBuilder(
            NAME, NAME, key.public_key(), x509.random_serial_number(),
            datetime(2026, 1, 1), datetime(2027, 1, 1),  # noqa: DTZ001 - the builder wants these
        )  # fmt: skip
        made = builder.sign(key, hashes.SHA256())
        if made.signature[-1] & 1 == 0:
            return made


def test_a_signature_with_unused_bits_is_refused() -> None:
    """The library reads it as the same signature; it would be a second form of one certificate."""
    made = certificate_whose_signature_is_even()
    der = bytearray(made.public_bytes(Encoding.DER))
    assert load_certificate(bytes(der)) == made
    der[-len(made.signature) - 1] = 1
    with pytest.raises(ValueError, match="whole number"):
        load_certificate(bytes(der))


def test_a_name_of_a_length_that_cannot_be_is_refused() -> None:
    """The library only warns, whenever the name is read; a stranger's certificate decides that."""
    der = certificate_whose_signature_is_even().public_bytes(Encoding.DER)
    common_name, country = bytes.fromhex("0603550403"), bytes.fromhex("0603550406")
    with pytest.raises(ValueError, match="length"):
        load_certificate(der.replace(common_name, country).replace(b"root", b"ROOT"))
