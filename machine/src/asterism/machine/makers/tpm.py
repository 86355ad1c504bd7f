"""The emulated TPM maker: certifies endorsement keys.

TCG EK Credential Profile for TPM 2.0, section 3.2: extended key usage tcg-kp-EKCertificate, and
manufacturer, model and version of the TPM as a directory name in the subject alternative name.
"""

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ObjectIdentifier

from asterism.machine.makers.names import (
    EMULATED,
    LEAF_YEARS,
    ROOT_YEARS,
    builder,
    common_name,
)
from asterism.machine.makers.store import Identity, MakerStore

EK_CERTIFICATE: Final = ObjectIdentifier("2.23.133.8.1")
MANUFACTURER: Final = ObjectIdentifier("2.23.133.2.1")
MODEL: Final = ObjectIdentifier("2.23.133.2.2")
VERSION: Final = ObjectIdentifier("2.23.133.2.3")


class TpmMaker:
    """Certifies virtual TPMs out of a store."""

    def __init__(self, store: MakerStore) -> None:
        self._store = store

    @property
    def root(self) -> Identity:
        """The root: self-signed P-384, made once for each installation."""
        return self._store.get("tpm-root", _make_root)

    def certify(self, endorsement_key: ec.EllipticCurvePublicKey) -> bytes:
        """Give the EK certificate (DER) of a TPM that was just made."""
        root, serial = self.root, x509.random_serial_number()
        subject = common_name(f"EMULATED TPM {serial:040x}")
        unsigned = builder(subject, root.certificate.subject, serial=serial, years=LEAF_YEARS)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key())
        unsigned = (
            unsigned.public_key(endorsement_key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(key_agreement=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([EK_CERTIFICATE]), critical=False)
            .add_extension(_tpm_name(), critical=False)
            .add_extension(authority, critical=False)
        )
        return Identity(root.key, unsigned.sign(root.key, hashes.SHA384())).der


def _tpm_name() -> x509.SubjectAlternativeName:
    attributes = [
        x509.NameAttribute(MANUFACTURER, "id:454D5500"),  # "EMU"
        x509.NameAttribute(MODEL, EMULATED),
        x509.NameAttribute(VERSION, "id:00010000"),
    ]
    return x509.SubjectAlternativeName([x509.DirectoryName(x509.Name(attributes))])


def _make_root() -> Identity:
    key = ec.generate_private_key(ec.SECP384R1())
    name = common_name("EMULATED TPM Maker Root by Asterism")
    unsigned = builder(name, name, serial=x509.random_serial_number(), years=ROOT_YEARS)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    unsigned = (
        unsigned.public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_agreement=False), critical=True)
        .add_extension(identifier, critical=False)
    )
    return Identity(key, unsigned.sign(key, hashes.SHA384()))


def _usage(*, key_agreement: bool) -> x509.KeyUsage:
    """Key agreement for an endorsement key, certificate signing for the root."""
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=key_agreement,
        key_cert_sign=not key_agreement,
        crl_sign=not key_agreement,
        encipher_only=False,
        decipher_only=False,
    )
