"""The expectation that no verification can do without: the session's 64-byte binder."""

import hashlib
from dataclasses import dataclass
from typing import final

from asterism.errors import AttestationError

BINDING_SIZE = 64


@final
@dataclass(frozen=True, slots=True)
class Binding:
    """64 bytes that evidence must carry. Empty, short or constant values cannot be made (A04).

    Raises AttestationError ATT-001.
    """

    value: bytes

    def __post_init__(self) -> None:
        """ATT-001 unless exactly 64 bytes that are not all equal."""
        size = _size(self.value)
        if size != BINDING_SIZE or len(set(self.value)) == 1:
            raise AttestationError.of(
                "ATT-001",
                claim="binding",
                expected=f"{BINDING_SIZE} bytes that differ",
                got=f"{size} bytes",
                source="caller",
            )

    @property
    def qualifying_data(self) -> bytes:
        """What the TPM quote carries: SHA-256 of the binding."""
        return hashlib.sha256(self.value).digest()


def _size(value: object) -> int:
    """Callers without types get the same refusal: whatever is no `bytes` has no size."""
    return len(value) if isinstance(value, bytes) else 0
