"""J08, a machine of another cluster. Taken away: PCR 15 must be zero or this cluster's."""

import pytest

from asterism.attestation.tpm import verify


def apply(patch: pytest.MonkeyPatch) -> None:
    """Look at every register but the cluster's."""
    patch.setattr(verify, "_check_cluster", lambda *_: None)
