"""The attestation key: a restricted ECDSA P-256 key that signs only what the TPM itself made.

It is a primary key of the endorsement hierarchy with a fixed template, so the same TPM gives the
same key after every restart, and nothing of it needs to be stored.
"""

from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from asterism.tpm import commands, responses
from asterism.tpm.constants import Alg, Curve, Handle, ObjectAttribute
from asterism.tpm.device import TpmDevice
from asterism.tpm.responses import TpmResponseError
from asterism.tpm.structures import EccParameters, PcrSelection, Public, Scheme, Symmetric

REQUIRED: Final = (
    ObjectAttribute.FIXED_TPM,
    ObjectAttribute.FIXED_PARENT,
    ObjectAttribute.SENSITIVE_DATA_ORIGIN,
    ObjectAttribute.RESTRICTED,
    ObjectAttribute.SIGN,
)
"""What makes a key an attestation key: born in this TPM, never leaves it, signs only TPM data."""

FORBIDDEN: Final = (ObjectAttribute.DECRYPT, ObjectAttribute.ENCRYPTED_DUPLICATION)

TEMPLATE: Final = Public(
    name_alg=Alg.SHA256,
    # NO_DA: a node that dies without TPM2_Shutdown must not lock its own key out.
    attributes=sum(REQUIRED) | ObjectAttribute.USER_WITH_AUTH | ObjectAttribute.NO_DA,
    policy=b"",
    parameters=EccParameters(
        symmetric=Symmetric(),
        scheme=Scheme(Alg.ECDSA, Alg.SHA256),
        curve=Curve.P256,
        kdf=Scheme(),
        x=b"",
        y=b"",
    ),
)


class AttestationKey:
    """The attestation key of one TPM, loaded. Use as a context manager, or `close` it."""

    def __init__(self, tpm: TpmDevice, key: commands.LoadedKey) -> None:
        self._tpm = tpm
        self._key = key

    @classmethod
    def create(cls, tpm: TpmDevice) -> Self:
        """Make the key in `tpm`; a few milliseconds, and the same key each time.

        When keys that an earlier process left behind fill the TPM, they are unloaded first.
        Raises TpmResponseError MCH-102 and TpmUnreachableError MCH-101.
        """
        try:
            return cls(tpm, commands.create_primary(tpm, Handle.ENDORSEMENT, TEMPLATE))
        except TpmResponseError as exc:
            if exc.code != responses.OBJECT_MEMORY:
                raise
        for handle in commands.transient_handles(tpm):
            commands.flush_context(tpm, handle)
        return cls(tpm, commands.create_primary(tpm, Handle.ENDORSEMENT, TEMPLATE))

    @property
    def public(self) -> bytes:
        """TPMT_PUBLIC."""
        return self._key.public.marshal()

    @property
    def name(self) -> bytes:
        """The TPM name: 000b, then SHA-256 of `public`; 34 bytes."""
        return self._key.name

    def quote(self, qualifying_data: bytes, pcrs: Iterable[int]) -> tuple[bytes, bytes]:
        """Sign `pcrs` of the SHA-256 bank and `qualifying_data` (at most 64 bytes).

        Gives (TPMS_ATTEST, TPMT_SIGNATURE).
        """
        selection = PcrSelection(Alg.SHA256, tuple(sorted(pcrs)))
        return commands.quote(self._tpm, self._key.handle, qualifying_data, selection)

    def close(self) -> None:
        """Unload the key."""
        commands.flush_context(self._tpm, self._key.handle)

    def __enter__(self) -> Self:
        """Give the key itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Unload the key."""
        self.close()
