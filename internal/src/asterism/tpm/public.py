"""Public areas of keys: TPMT_PUBLIC (TCG TPM 2.0 Library, part 2, section 12.2.4) and its name."""

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from asterism.tpm.constants import (
    DIGEST_SIZE,
    HASH_NAME,
    Alg,
    Curve,
    ObjectAttribute,
)
from asterism.tpm.wire import Reader, TpmFormatError, tpm2b, u16, u32

MAXIMUM_DIGEST = 64
DEFAULT_RSA_EXPONENT = 65537

_COORDINATE_SIZE = {Curve.P256: 32, Curve.P384: 48}
_CURVE: dict[int, type[ec.EllipticCurve]] = {Curve.P256: ec.SECP256R1, Curve.P384: ec.SECP384R1}


@dataclass(frozen=True, slots=True)
class Scheme:
    """TPMT_SIG_SCHEME or TPMT_KDF_SCHEME: an algorithm and, unless NULL, its hash."""

    alg: int = Alg.NULL
    hash_alg: int = Alg.NULL

    def marshal(self) -> bytes:
        """Give the wire form."""
        return u16(self.alg) + (b"" if self.alg == Alg.NULL else u16(self.hash_alg))

    @classmethod
    def read(cls, reader: Reader) -> "Scheme":
        """Read one from `reader`."""
        alg = reader.u16()
        return cls() if alg == Alg.NULL else cls(alg, reader.u16())


@dataclass(frozen=True, slots=True)
class Symmetric:
    """TPMT_SYM_DEF_OBJECT: NULL, or a block cipher with key bits and mode (storage keys)."""

    alg: int = Alg.NULL
    key_bits: int = 0
    mode: int = Alg.NULL

    def marshal(self) -> bytes:
        """Give the wire form."""
        if self.alg == Alg.NULL:
            return u16(Alg.NULL)
        return u16(self.alg) + u16(self.key_bits) + u16(self.mode)

    @classmethod
    def read(cls, reader: Reader) -> "Symmetric":
        """Read one from `reader`."""
        alg = reader.u16()
        return cls() if alg == Alg.NULL else cls(alg, reader.u16(), reader.u16())


@dataclass(frozen=True, slots=True)
class EccParameters:
    """TPMS_ECC_PARMS and the point TPMS_ECC_POINT (empty coordinates in a template)."""

    symmetric: Symmetric
    scheme: Scheme
    curve: int
    kdf: Scheme
    x: bytes
    y: bytes

    def marshal(self) -> bytes:
        """Give the wire form of parameters and unique."""
        head = self.symmetric.marshal() + self.scheme.marshal() + u16(self.curve)
        return head + self.kdf.marshal() + tpm2b(self.x) + tpm2b(self.y)

    @classmethod
    def read(cls, reader: Reader) -> "EccParameters":
        """Read one from `reader`."""
        symmetric, scheme = Symmetric.read(reader), Scheme.read(reader)
        curve, kdf = reader.u16(), Scheme.read(reader)
        if curve not in _CURVE:
            raise TpmFormatError(f"TPMT_PUBLIC: curve 0x{curve:04x} is not supported")
        size = _COORDINATE_SIZE[Curve(curve)]
        return cls(symmetric, scheme, curve, kdf, reader.tpm2b(size), reader.tpm2b(size))

    def key(self) -> ec.EllipticCurvePublicKey:
        """Give the point as a key. Raises TpmFormatError when it is not on the curve."""
        x, y = int.from_bytes(self.x, "big"), int.from_bytes(self.y, "big")
        try:
            return ec.EllipticCurvePublicNumbers(x, y, _CURVE[self.curve]()).public_key()
        except ValueError as exc:
            raise TpmFormatError("TPMT_PUBLIC: the point is not on its curve") from exc


@dataclass(frozen=True, slots=True)
class RsaParameters:
    """TPMS_RSA_PARMS and the modulus TPM2B_PUBLIC_KEY_RSA. Exponent 0 means 65537."""

    symmetric: Symmetric
    scheme: Scheme
    key_bits: int
    exponent: int
    modulus: bytes

    def marshal(self) -> bytes:
        """Give the wire form of parameters and unique."""
        head = self.symmetric.marshal() + self.scheme.marshal()
        return head + u16(self.key_bits) + u32(self.exponent) + tpm2b(self.modulus)

    @classmethod
    def read(cls, reader: Reader) -> "RsaParameters":
        """Read one from `reader`."""
        symmetric, scheme = Symmetric.read(reader), Scheme.read(reader)
        bits, exponent = reader.u16(), reader.u32()
        return cls(symmetric, scheme, bits, exponent, reader.tpm2b(bits // 8))

    def key(self) -> rsa.RSAPublicKey:
        """Give the key. Raises TpmFormatError when the numbers make none."""
        modulus = int.from_bytes(self.modulus, "big")
        try:
            return rsa.RSAPublicNumbers(self.exponent or DEFAULT_RSA_EXPONENT, modulus).public_key()
        except ValueError as exc:
            raise TpmFormatError("TPMT_PUBLIC: not an RSA key") from exc


@dataclass(frozen=True, slots=True)
class Public:
    """TPMT_PUBLIC of an ECC or RSA key."""

    name_alg: int
    attributes: int
    policy: bytes
    parameters: EccParameters | RsaParameters

    @property
    def type(self) -> int:
        """TPM_ALG_ID of the kind of key."""
        return Alg.ECC if isinstance(self.parameters, EccParameters) else Alg.RSA

    def marshal(self) -> bytes:
        """Give the wire form."""
        head = u16(self.type) + u16(self.name_alg) + u32(self.attributes) + tpm2b(self.policy)
        return head + self.parameters.marshal()

    @classmethod
    def parse(cls, data: bytes) -> "Public":
        """Read exactly one TPMT_PUBLIC."""
        reader = Reader(data, "TPMT_PUBLIC")
        kind, name_alg, attributes = reader.u16(), reader.u16(), reader.u32()
        if name_alg not in DIGEST_SIZE:
            raise TpmFormatError(f"TPMT_PUBLIC: name algorithm 0x{name_alg:04x} is not supported")
        policy = reader.tpm2b(MAXIMUM_DIGEST)
        public = cls(name_alg, attributes, policy, _read_parameters(kind, reader))
        reader.end()
        return public

    def name(self) -> bytes:
        """Give the TPM name: name algorithm, then that hash of the public area (part 1, 16)."""
        digest = hashlib.new(HASH_NAME[Alg(self.name_alg)], self.marshal()).digest()
        return u16(self.name_alg) + digest

    def has(self, *attributes: ObjectAttribute) -> bool:
        """Say whether every one of `attributes` is set."""
        return all(self.attributes & attribute for attribute in attributes)


def _read_parameters(kind: int, reader: Reader) -> EccParameters | RsaParameters:
    if kind == Alg.ECC:
        return EccParameters.read(reader)
    if kind == Alg.RSA:
        return RsaParameters.read(reader)
    raise TpmFormatError(f"TPMT_PUBLIC: key type 0x{kind:04x} is not supported")
