"""Collects what differs, so that a refusal names everything that is wrong and not only the first.

What makes evidence unreadable or forged is raised at once: nothing else in it can be believed.
"""

import hmac
from collections.abc import Collection

from asterism.errors import AttestationError, Mismatch


class Findings:
    """The mismatches of one verification."""

    def __init__(self) -> None:
        self._mismatches: list[Mismatch] = []

    def differs(self, error_id: str, claim: str, expected: str, got: str, source: str) -> None:
        """Record one mismatch."""
        self._mismatches.append(Mismatch(error_id, claim, expected, got, source))

    def equal(self, error_id: str, claim: str, expected: bytes, got: bytes, source: str) -> None:
        """Record a mismatch unless `got` is `expected` in full length; takes constant time."""
        if not hmac.compare_digest(expected, got):
            self.differs(error_id, claim, expected.hex(), got.hex(), source)

    def among(
        self, error_id: str, claim: str, expected: Collection[bytes], got: bytes, source: str
    ) -> None:
        """Record a mismatch unless `got` is one of `expected`."""
        if got not in expected:
            wanted = " or ".join(sorted(value.hex() for value in expected)) or "nothing"
            self.differs(error_id, claim, wanted, got.hex(), source)

    def require(
        self, holds: bool, error_id: str, claim: str, expected: str, got: str, source: str
    ) -> None:
        """Record a mismatch unless `holds`."""
        if not holds:
            self.differs(error_id, claim, expected, got, source)

    def raise_if_any(self) -> None:
        """AttestationError with everything recorded, in the order it was found."""
        if self._mismatches:
            raise AttestationError(self._mismatches)
