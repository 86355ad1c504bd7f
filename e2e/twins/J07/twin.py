"""J07, the first to come. Taken away: the TPM's certificate is by a maker that the policy pins.

What trust on first use does: whoever registers first is believed from then on.
"""

import hashlib
from datetime import datetime

import pytest

from asterism.attestation import verify
from asterism.attestation.anchors import Anchor, load_certificate
from asterism.attestation.tpm.endorsement import EndorsementCertificate
from asterism.attestation.validity import narrowest


def apply(patch: pytest.MonkeyPatch) -> None:
    """Take any endorsement certificate for one of the pinned maker's."""

    def believe(der: bytes, anchors: tuple[Anchor, ...], _at: datetime) -> EndorsementCertificate:
        fingerprint, validity = hashlib.sha256(der).digest(), narrowest(load_certificate(der))
        return EndorsementCertificate(fingerprint, validity, anchors[0], emulated=True)

    patch.setattr(verify, "verify_endorsement", believe)
