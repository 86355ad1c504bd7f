"""Platform configuration registers as arithmetic: new value = H(old value || digest)."""

import hashlib
from collections.abc import Iterable
from typing import Final

from asterism.tpm.constants import DIGEST_SIZE, HASH_NAME, PCR_COUNT, Alg

DYNAMIC: Final = range(17, 23)
"""Registers of a dynamic launch: all ones until one happens (PC Client Platform TPM Profile)."""


def extend(value: bytes, digest: bytes, *, alg: Alg = Alg.SHA256) -> bytes:
    """Give the register's value after one extend."""
    return hashlib.new(HASH_NAME[alg], value + digest).digest()


def initial(pcr: int, *, alg: Alg = Alg.SHA256) -> bytes:
    """Give what `pcr` holds after a reset from locality 0."""
    return (b"\xff" if pcr in DYNAMIC else b"\x00") * DIGEST_SIZE[alg]


def fold(digests: Iterable[bytes]) -> bytes:
    """Give the value of a SHA-256 register that starts at zero and gets `digests` in turn."""
    value = bytes(DIGEST_SIZE[Alg.SHA256])
    for digest in digests:
        value = extend(value, digest)
    return value


class PcrBank:
    """The 24 registers of one bank."""

    def __init__(self, alg: Alg = Alg.SHA256) -> None:
        self.alg = alg
        self._values = {pcr: initial(pcr, alg=alg) for pcr in range(PCR_COUNT)}

    def __getitem__(self, pcr: int) -> bytes:
        """Give a register's value."""
        return self._values[pcr]

    def extend(self, pcr: int, digest: bytes) -> None:
        """Extend one register."""
        self._values[pcr] = extend(self._values[pcr], digest, alg=self.alg)

    def start_at_locality(self, locality: int) -> None:
        """Set PCR 0 to what TPM2_Startup from `locality` leaves in it."""
        size = DIGEST_SIZE[self.alg]
        self._values[0] = locality.to_bytes(size, "big")

    def values(self) -> dict[int, bytes]:
        """Give all registers."""
        return dict(self._values)
