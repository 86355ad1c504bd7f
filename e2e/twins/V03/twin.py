"""V03, a quote over other registers. Taken away: the verifier says which registers must be quoted.

What CVE-2022-0317 did: the digest was recomputed over the registers that the quote selects, and all
values that were shown with it were believed.
"""

from collections.abc import Mapping

import pytest

from asterism.attestation.tpm import quote
from asterism.tpm.constants import Alg
from asterism.tpm.structures import Quoted

demanded = quote._require_digest  # noqa: SLF001


def apply(patch: pytest.MonkeyPatch) -> None:
    """Believe the quote's own selection."""

    def selected(quoted: Quoted, values: Mapping[int, bytes], hash_alg: Alg) -> None:
        covered = {index for selection in quoted.selections for index in selection.pcrs}
        demanded(quoted, {i: value for i, value in values.items() if i in covered}, hash_alg)

    patch.setattr(quote, "_require_selection", lambda *_: None)
    patch.setattr(quote, "_require_digest", selected)
