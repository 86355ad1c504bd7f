"""The TPM structures that leave a TPM, under one name for those who verify them.

Each `parse` takes exactly one structure and nothing after it, raises TpmFormatError MCH-103 on
anything else, and each `marshal` gives back the very bytes that were parsed.
"""

from asterism.tpm.attest import (
    PcrSelection,
    Quoted,
    Signature,
    marshal_selections,
    read_selections,
)
from asterism.tpm.public import EccParameters, Public, RsaParameters, Scheme, Symmetric
from asterism.tpm.wire import TpmFormatError

__all__ = [
    "EccParameters",
    "PcrSelection",
    "Public",
    "Quoted",
    "RsaParameters",
    "Scheme",
    "Signature",
    "Symmetric",
    "TpmFormatError",
    "marshal_selections",
    "read_selections",
]
