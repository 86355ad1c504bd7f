"""J05, a key bound to no TPM. Taken away: its attributes must be an attestation key's."""

import pytest

from asterism.attestation.tpm import quote


def apply(patch: pytest.MonkeyPatch) -> None:
    """Take any key that signs."""
    patch.setattr(quote, "require_attestation_key", lambda _public: None)
