"""The emulated chip maker: ARK, ASK and, for each chip, a VCEK, as AMD's KDS would give them.

Only ARK and ASK are stored. A VCEK is derived from the maker's secret, chip and TCB each time, and
certified anew, as AMD derives it from the chip's: machines come and go and leave no key behind.

AMD 57230 "VCEK Certificate and KDS Interface Specification", sections 2 and 3: RSASSA-PSS with
SHA-384 throughout, RSA-4096 for ARK and ASK, P-384 for the VCEK, TCB and chip ID in extensions.
"""

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ObjectIdentifier

from asterism.errors import UserError
from asterism.machine.makers.names import LEAF_YEARS, ROOT_YEARS, amd_name, builder
from asterism.machine.makers.store import Identity, MakerStore
from asterism.machine.processors.tcb import TcbVersion

PRODUCT: Final = "Genoa"
CRL_URL: Final = f"https://kdsintf.amd.com/vcek/v1/{PRODUCT}/crl"
RSA_BITS: Final = 4096
PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=48)
EXTENSION: Final = "1.3.6.1.4.1.3704.1"
ARK_SERIAL: Final = 0x20000
ASK_SERIAL: Final = 0x20002
VCEK_LABEL: Final = b"asterism emulated vcek\0"
VCEK_SEED_SIZE: Final = 56
P384_ORDER: Final = int(
    "ffffffffffffffffffffffffffffffffffffffffffffffff"
    "c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    16,
)
VCEK_SERIAL: Final = 1
"""AMD's VCEKs have serial number 0, which RFC 5280 forbids and readers begin to refuse."""


class ChipMaker:
    """Certifies chips of one product line out of a store."""

    def __init__(self, store: MakerStore) -> None:
        self._store = store

    @property
    def ark(self) -> Identity:
        """The root: self-signed, made once for each installation (seconds)."""
        return self._store.get("amd-ark", _make_ark)

    @property
    def ask(self) -> Identity:
        """The intermediate that signs VCEKs."""
        return self._store.get("amd-ask", lambda: _make_ask(self.ark))

    def vcek(self, chip_id: bytes, tcb: TcbVersion) -> Identity:
        """Give the versioned chip endorsement key of one chip (64-byte ID) at one TCB."""
        return _make_vcek(self.ask, chip_id, tcb)


def _make_ark() -> Identity:
    key = _rsa()
    name = amd_name(f"ARK-{PRODUCT}", marked=True)
    unsigned = builder(name, name, serial=ARK_SERIAL, years=ROOT_YEARS)
    usage = _usage(crl_sign=True)
    unsigned = _authority(unsigned.public_key(key.public_key()), usage, key.public_key(), None)
    return Identity(key, unsigned.sign(key, hashes.SHA384(), rsa_padding=PSS))


def _make_ask(ark: Identity) -> Identity:
    key = _rsa()
    name = amd_name(f"SEV-{PRODUCT}", marked=True)
    unsigned = builder(name, ark.certificate.subject, serial=ASK_SERIAL, years=ROOT_YEARS)
    unsigned = _authority(
        unsigned.public_key(key.public_key()), _usage(crl_sign=False), key.public_key(), 0
    )
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(_public(ark))
    unsigned = unsigned.add_extension(authority, critical=False)
    return Identity(key, unsigned.sign(_signer(ark), hashes.SHA384(), rsa_padding=PSS))


def _make_vcek(ask: Identity, chip_id: bytes, tcb: TcbVersion) -> Identity:
    key = _vcek_key(ask, chip_id, tcb)
    subject = amd_name("SEV-VCEK", marked=True)
    unsigned = builder(subject, ask.certificate.subject, serial=VCEK_SERIAL, years=LEAF_YEARS)
    unsigned = unsigned.public_key(key.public_key())
    for suffix, value in _vcek_extensions(chip_id, tcb).items():
        oid = ObjectIdentifier(f"{EXTENSION}.{suffix}")
        unsigned = unsigned.add_extension(x509.UnrecognizedExtension(oid, value), critical=False)
    return Identity(key, unsigned.sign(_signer(ask), hashes.SHA384(), rsa_padding=PSS))


def _vcek_key(ask: Identity, chip_id: bytes, tcb: TcbVersion) -> ec.EllipticCurvePrivateKey:
    """Derive the key of a chip at a TCB; the maker's signing key plays the secret in its fuses."""
    secret = ask.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    info = VCEK_LABEL + chip_id + tcb.encode()
    seed = HKDF(hashes.SHA384(), VCEK_SEED_SIZE, salt=None, info=info).derive(secret)
    # FIPS 186-5, A.2.1: 64 bits more than the order has make the remainder's bias negligible.
    number = int.from_bytes(seed, "big") % (P384_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP384R1())


def _vcek_extensions(chip_id: bytes, tcb: TcbVersion) -> dict[str, bytes]:
    """57230 table 8: structure version, product, component versions, spares, chip ID (raw)."""
    name = PRODUCT.encode()
    spares = {f"3.{spare}": _integer(0) for spare in range(4, 8)}
    return {
        "1": _integer(0),
        "2": b"\x16" + bytes([len(name)]) + name,
        "3.1": _integer(tcb.boot_loader),
        "3.2": _integer(tcb.tee),
        **spares,
        "3.3": _integer(tcb.snp),
        "3.8": _integer(tcb.microcode),
        "4": chip_id,
    }


def _integer(value: int) -> bytes:
    """Give a DER INTEGER from 0 to 255; from 128 on it needs a leading zero byte."""
    content = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(content)]) + content


def _authority(
    unsigned: x509.CertificateBuilder,
    usage: x509.KeyUsage,
    key: rsa.RSAPublicKey,
    path_length: int | None,
) -> x509.CertificateBuilder:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(CRL_URL)], None, None, None)
    return (
        unsigned.add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
    )


def _usage(*, crl_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def _signer(identity: Identity) -> rsa.RSAPrivateKey:
    if not isinstance(identity.key, rsa.RSAPrivateKey):
        raise UserError("MCH-120", "the chip maker's key is not an RSA key")
    return identity.key


def _public(identity: Identity) -> rsa.RSAPublicKey:
    return _signer(identity).public_key()
