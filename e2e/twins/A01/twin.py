"""A01, a stolen TLS key. Taken away: the session's exporter is in the binder."""

import pytest

from asterism.atls import binder, handshake
from asterism.atls.binder import EXPORTER_SIZE, ChannelKeys

NOTHING = bytes(EXPORTER_SIZE)


def apply(patch: pytest.MonkeyPatch) -> None:
    """Compute binders from public keys and nonces, as evidence in certificates does."""

    def report_data(*, keys: ChannelKeys, **fields: object) -> bytes:
        blind = ChannelKeys(keys.dialler_spki, keys.listener_spki, NOTHING)
        return binder.report_data(keys=blind, **fields)  # type: ignore[arg-type]

    patch.setattr(handshake, "report_data", report_data)
