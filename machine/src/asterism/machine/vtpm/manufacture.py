"""What a TPM's maker does before the TPM leaves the factory."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from asterism.errors import InternalError
from asterism.machine.makers.tpm import TpmMaker
from asterism.machine.vtpm.process import SwtpmProcess
from asterism.tpm import commands, ek
from asterism.tpm.constants import Alg, NvAttribute
from asterism.tpm.device import TpmDevice

CERTIFICATE_ATTRIBUTES = (
    NvAttribute.PLATFORMCREATE
    | NvAttribute.PPWRITE
    | NvAttribute.WRITEDEFINE
    | NvAttribute.PPREAD
    | NvAttribute.OWNERREAD
    | NvAttribute.AUTHREAD
    | NvAttribute.NO_DA
)
"""EK Credential Profile, section 2.2.1.4: readable by all, written by the platform only."""


def manufacture(state: Path, maker: TpmMaker) -> None:
    """Make a TPM in the empty directory `state`: seeds, SHA-256 bank only, certified EK."""
    process = SwtpmProcess.start(state, state / "factory.sock")
    try:
        tpm = process.device()
        commands.startup(tpm)
        commands.pcr_allocate(tpm, Alg.SHA256)
        _certify(tpm, maker)
        commands.shutdown(tpm)
    finally:
        process.kill()


def _certify(tpm: TpmDevice, maker: TpmMaker) -> None:
    key = ek.public_key(tpm).parameters.key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise InternalError("INT-001", "the endorsement key's template is not an ECC template")
    certificate = maker.certify(key)
    commands.nv_define(tpm, ek.CERTIFICATE_INDEX, CERTIFICATE_ATTRIBUTES, len(certificate))
    commands.nv_write(tpm, ek.CERTIFICATE_INDEX, certificate)
