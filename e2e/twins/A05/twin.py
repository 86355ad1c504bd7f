"""A05, an expectation that is computed and forgotten. Taken away: bindings are compared."""

import pytest

from asterism.attestation.findings import Findings

BINDING = "ATT-002"


def apply(patch: pytest.MonkeyPatch) -> None:
    """Compare everything but what the evidence was made for."""
    equal = Findings.equal

    def blind(
        self: Findings, error_id: str, claim: str, expected: bytes, got: bytes, source: str
    ) -> None:
        if error_id != BINDING:
            equal(self, error_id, claim, expected, got, source)

    patch.setattr(Findings, "equal", blind)
