"""A16, evidence made for another purpose. Taken away: the binder says what it is for."""

import pytest

from asterism.atls import binder, handshake
from asterism.atls.purpose import Purpose


def apply(patch: pytest.MonkeyPatch) -> None:
    """Compute the same binder for all purposes."""

    def report_data(*, purpose: Purpose, **fields: object) -> bytes:
        return binder.report_data(purpose=Purpose.VERIFY, **fields)  # type: ignore[arg-type]

    patch.setattr(handshake, "report_data", report_data)
