"""Attestation keys: which public areas are acceptable, and what they may sign with.

`restricted` is what keeps a key from signing foreign data that only looks like a quote; the other
attributes say that it was made in a TPM and cannot leave it (TCG TPM 2.0 Library, part 1,
section 27, part 2, section 8.3). These bits are only as good as the proof that the public area is
of a key in a TPM at all: see `asterism.attestation.verify`.
"""

from collections.abc import Callable
from typing import NoReturn, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from asterism.errors import AttestationError
from asterism.tpm.ak import FORBIDDEN, REQUIRED
from asterism.tpm.constants import Alg
from asterism.tpm.structures import EccParameters, Public, Signature, TpmFormatError

MINIMUM_RSA_BITS = 2048

_HASHES: dict[int, type[hashes.SHA256 | hashes.SHA384]] = {
    Alg.SHA256: hashes.SHA256,
    Alg.SHA384: hashes.SHA384,
}
"""What a scheme may hash with. SHA-1 is not among them."""

_Parsed = TypeVar("_Parsed")


def read(parse: Callable[[bytes], _Parsed], data: bytes) -> _Parsed:
    """Apply a parser of `asterism.tpm.structures`; AttestationError ATT-201 if it refuses."""
    try:
        return parse(data)
    except TpmFormatError as exc:
        malformed("structure", "the form of TPM 2.0", exc.detail)


def require_attestation_key(public: Public) -> None:
    """ATT-202 unless the attributes are an attestation key's, ATT-203 for a name not by SHA-256."""
    lacking = [attribute.name for attribute in REQUIRED if not public.has(attribute)]
    surplus = [attribute.name for attribute in FORBIDDEN if public.has(attribute)]
    if lacking or surplus:
        got = f"without {lacking}, with {surplus}"
        expected = "restricted, fixed signing key of a TPM"
        raise _refused("ATT-202", "attestation key attributes", expected, got)
    if public.name_alg != Alg.SHA256:
        _wrong_algorithm("a name by SHA-256", f"{public.name_alg:#06x}")


def verify_signature(public: Public, message: bytes, raw_signature: bytes) -> Signature:
    """The TPMT_SIGNATURE over `message`, if the key made it by its own scheme.

    Raises ATT-201 (form), ATT-203 (algorithm), ATT-204 (signature).
    """
    signature = read(Signature.parse, raw_signature)
    scheme = public.parameters.scheme
    if (signature.alg, signature.hash_alg) != (scheme.alg, scheme.hash_alg):
        expected = f"{scheme.alg:#06x} with {scheme.hash_alg:#06x}, as the key says"
        _wrong_algorithm(expected, f"{signature.alg:#06x} with {signature.hash_alg:#06x}")
    if signature.hash_alg not in _HASHES:
        _wrong_algorithm("SHA-256 or SHA-384", f"{signature.hash_alg:#06x}")
    try:
        _verify(public, message, signature)
    except InvalidSignature:
        expected = "by the attestation key"
        raise _refused("ATT-204", "quote signature", expected, "one that does not") from None
    except TpmFormatError as exc:
        malformed("attestation key", "a key", exc.detail)
    return signature


def _verify(public: Public, message: bytes, signature: Signature) -> None:
    hash_alg = _HASHES[signature.hash_alg]()
    parameters = public.parameters
    if isinstance(parameters, EccParameters):
        if signature.alg != Alg.ECDSA:
            _wrong_algorithm("ECDSA", f"{signature.alg:#06x}")
        parameters.key().verify(signature.ecdsa_der(), message, ec.ECDSA(hash_alg))
        return
    key = parameters.key()
    if key.key_size < MINIMUM_RSA_BITS:
        _wrong_algorithm(f"RSA of {MINIMUM_RSA_BITS} bits or more", f"{key.key_size} bits")
    key.verify(signature.numbers[0], message, _padding(signature, hash_alg), hash_alg)


def _padding(
    signature: Signature, hash_alg: hashes.HashAlgorithm
) -> padding.PSS | padding.PKCS1v15:
    """RSASSA, or RSAPSS with whatever salt: TPMs take the longest or the digest's length."""
    if signature.alg == Alg.RSASSA:
        return padding.PKCS1v15()
    if signature.alg != Alg.RSAPSS:
        _wrong_algorithm("RSASSA or RSAPSS", f"{signature.alg:#06x}")
    return padding.PSS(padding.MGF1(hash_alg), padding.PSS.AUTO)


def malformed(claim: str, expected: str, got: str) -> NoReturn:
    """Raise ATT-201."""
    raise _refused("ATT-201", f"TPM {claim}", expected, got)


def _wrong_algorithm(expected: str, got: str) -> NoReturn:
    raise _refused("ATT-203", "TPM signature algorithm", expected, got)


def _refused(error_id: str, claim: str, expected: str, got: str) -> AttestationError:
    return AttestationError.of(error_id, claim=claim, expected=expected, got=got, source="TPM 2.0")
