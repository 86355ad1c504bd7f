"""J11, a man in the middle. Taken away: the binder is of this TLS session."""

import pytest

from asterism.atls import binder, handshake
from asterism.atls.binder import EXPORTER_SIZE, ChannelKeys

NOTHING = ChannelKeys(b"any", b"any", bytes(EXPORTER_SIZE))


def apply(patch: pytest.MonkeyPatch) -> None:
    """Compute binders from nonces alone."""

    def report_data(*, keys: ChannelKeys, **fields: object) -> bytes:
        return binder.report_data(keys=NOTHING, **fields)  # type: ignore[arg-type]

    patch.setattr(handshake, "report_data", report_data)
