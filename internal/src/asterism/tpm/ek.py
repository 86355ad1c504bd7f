"""The endorsement key: the identity that a TPM's maker certified.

TCG EK Credential Profile for TPM 2.0, template L-2 (ECC NIST P-256, low range): the policy is
PolicySecret(TPM_RH_ENDORSEMENT), the certificate lies in NV index 0x01c0000a.
"""

from typing import Final

from asterism.errors import Error
from asterism.tpm import commands
from asterism.tpm.constants import Alg, Curve, Handle, ObjectAttribute
from asterism.tpm.device import TpmDevice
from asterism.tpm.responses import TpmResponseError
from asterism.tpm.structures import EccParameters, Public, Scheme, Symmetric

CERTIFICATE_INDEX: Final = 0x01C0000A
POLICY_A: Final = bytes.fromhex("837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa")
"""PolicySecret(TPM_RH_ENDORSEMENT), EK Credential Profile, "Policy Index I-1" values."""

TEMPLATE: Final = Public(
    name_alg=Alg.SHA256,
    attributes=ObjectAttribute.FIXED_TPM
    | ObjectAttribute.FIXED_PARENT
    | ObjectAttribute.SENSITIVE_DATA_ORIGIN
    | ObjectAttribute.ADMIN_WITH_POLICY
    | ObjectAttribute.RESTRICTED
    | ObjectAttribute.DECRYPT,
    policy=POLICY_A,
    parameters=EccParameters(
        symmetric=Symmetric(Alg.AES, 128, Alg.CFB),
        scheme=Scheme(),
        curve=Curve.P256,
        kdf=Scheme(),
        x=bytes(32),
        y=bytes(32),
    ),
)


class NoEkCertificateError(Error):
    """The TPM holds no EK certificate (MCH-104)."""


def public_key(tpm: TpmDevice) -> Public:
    """Make the EK from its template and give its public area; the key is unloaded again."""
    key = commands.create_primary(tpm, Handle.ENDORSEMENT, TEMPLATE)
    commands.flush_context(tpm, key.handle)
    return key.public


def read_certificate(tpm: TpmDevice) -> bytes:
    """Read the maker's certificate of the EK (DER) from the TPM.

    Raises NoEkCertificateError MCH-104 when the index cannot be read.
    """
    try:
        return commands.nv_read(tpm, CERTIFICATE_INDEX)
    except TpmResponseError as exc:
        detail = f"the TPM holds no EK certificate at 0x{CERTIFICATE_INDEX:08x}"
        raise NoEkCertificateError("MCH-104", detail) from exc
