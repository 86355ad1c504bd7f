"""V02, altered evidence. Taken away: a signature that does not verify is a refusal.

What CVE-2023-3674 did: the failure was noticed, and nothing followed from it.
"""

from contextlib import suppress

import pytest

from asterism.attestation.snp import verify as snp
from asterism.attestation.tpm import quote
from asterism.attestation.tpm.key import read, verify_signature
from asterism.errors import AttestationError
from asterism.tpm.structures import Signature


def apply(patch: pytest.MonkeyPatch) -> None:
    """Verify the signatures of reports and quotes, and go on whatever comes out."""
    verify_quote, verify_report = verify_signature, snp._require_signature  # noqa: SLF001

    def lax_quote(public: object, message: bytes, signature: bytes) -> Signature:
        with suppress(AttestationError):
            return verify_quote(public, message, signature)  # type: ignore[arg-type]
        return read(Signature.parse, signature)

    def lax_report(report: object, key: object) -> None:
        with suppress(AttestationError):
            verify_report(report, key)  # type: ignore[arg-type]

    patch.setattr(quote, "verify_signature", lax_quote)
    patch.setattr(snp, "_require_signature", lax_report)
