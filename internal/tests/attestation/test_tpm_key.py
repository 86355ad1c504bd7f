"""Attestation keys: which algorithms count, and that key and signature must agree."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from asterism.attestation.tpm import key
from asterism.errors import AttestationError
from asterism.tpm.constants import Alg, Curve
from asterism.tpm.structures import (
    EccParameters,
    Public,
    RsaParameters,
    Scheme,
    Signature,
    Symmetric,
)

MESSAGE = b"what a TPM signed"
ATTRIBUTES = 0x50072
ECC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
HASHES = {
    Alg.SHA1: hashes.SHA1(),  # noqa: S303
    Alg.SHA256: hashes.SHA256(),
    Alg.SHA384: hashes.SHA384(),
    Alg.SHA512: hashes.SHA512(),
}


def ecc_public(scheme: int = Alg.ECDSA, hash_alg: int = Alg.SHA256) -> Public:
    """The public area of the ECC key with a scheme."""
    point = ECC.public_key().public_numbers()
    x, y = (number.to_bytes(32, "big") for number in (point.x, point.y))
    parameters = EccParameters(Symmetric(), Scheme(scheme, hash_alg), Curve.P256, Scheme(), x, y)
    return Public(Alg.SHA256, ATTRIBUTES, b"", parameters)


def rsa_public(scheme: int, hash_alg: int = Alg.SHA256) -> Public:
    """The public area of the RSA key with a scheme."""
    modulus = RSA.public_key().public_numbers().n.to_bytes(256, "big")
    parameters = RsaParameters(Symmetric(), Scheme(scheme, hash_alg), 2048, 0, modulus)
    return Public(Alg.SHA256, ATTRIBUTES, b"", parameters)


def ecdsa(hash_alg: Alg = Alg.SHA256, alg: int = Alg.ECDSA) -> bytes:
    """A signature of the ECC key."""
    r, s = utils.decode_dss_signature(ECC.sign(MESSAGE, ec.ECDSA(HASHES[hash_alg])))
    return Signature(alg, hash_alg, (r.to_bytes(32, "big"), s.to_bytes(32, "big"))).marshal()


def pss(salt: int) -> bytes:
    """An RSAPSS signature of the RSA key."""
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
    value = RSA.sign(MESSAGE, scheme, hashes.SHA256())
    return Signature(Alg.RSAPSS, Alg.SHA256, (value,)).marshal()


@pytest.mark.parametrize("hash_alg", [Alg.SHA256, Alg.SHA384])
def test_ecdsa_counts(hash_alg: Alg) -> None:
    """With each hash of the list."""
    public = ecc_public(hash_alg=hash_alg)
    assert key.verify_signature(public, MESSAGE, ecdsa(hash_alg)).hash_alg == hash_alg


@pytest.mark.parametrize("salt", [32, 222])
def test_rsapss_counts_with_either_salt(salt: int) -> None:
    """TPMs take the digest's length or the longest."""
    assert key.verify_signature(rsa_public(Alg.RSAPSS), MESSAGE, pss(salt)).alg == Alg.RSAPSS


@pytest.mark.parametrize("hash_alg", [Alg.SHA1, Alg.SHA512])
def test_other_hashes_do_not_count(hash_alg: Alg) -> None:
    """Not even when the key says so itself: ATT-203."""
    with pytest.raises(AttestationError, match="ATT-203"):
        key.verify_signature(ecc_public(hash_alg=hash_alg), MESSAGE, ecdsa(hash_alg))


def test_scheme_must_be_of_the_keys_kind() -> None:
    """An ECC key that says RSASSA, an RSA key that says ECDSA: ATT-203."""
    rsassa = Signature(Alg.RSASSA, Alg.SHA256, (bytes(256),)).marshal()
    for public, signature in ((ecc_public(Alg.RSASSA), rsassa), (rsa_public(Alg.ECDSA), ecdsa())):
        with pytest.raises(AttestationError, match="ATT-203"):
            key.verify_signature(public, MESSAGE, signature)


def test_point_off_the_curve_is_no_key() -> None:
    """Coordinates that are no point: ATT-201."""
    public = ecc_public()
    assert isinstance(public.parameters, EccParameters)
    off = replace(public, parameters=replace(public.parameters, y=bytes(32)))
    with pytest.raises(AttestationError, match="ATT-201"):
        key.verify_signature(off, MESSAGE, ecdsa())


def test_signature_of_something_else_is_refused() -> None:
    """The right key over other bytes: ATT-204."""
    with pytest.raises(AttestationError, match="ATT-204"):
        key.verify_signature(ecc_public(), MESSAGE + b".", ecdsa())


def test_name_must_be_by_sha256() -> None:
    """The name in the binder has one length: ATT-203."""
    with pytest.raises(AttestationError, match="ATT-203"):
        key.require_attestation_key(replace(ecc_public(), name_alg=Alg.SHA384))
