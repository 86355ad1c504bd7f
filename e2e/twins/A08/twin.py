"""A08, a proof sent back. Taken away: the binder says which side shows it."""

import pytest

from asterism.atls import binder, handshake
from asterism.atls.purpose import Role


def apply(patch: pytest.MonkeyPatch) -> None:
    """Compute the same binder for both sides."""

    def report_data(*, role: Role, **fields: object) -> bytes:
        return binder.report_data(role=Role.DIALLER, **fields)  # type: ignore[arg-type]

    patch.setattr(handshake, "report_data", report_data)
