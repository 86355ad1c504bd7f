"""A02, an early exporter. Taken away: it is read only once the TLS handshake is complete."""

import pytest

from asterism.atls import tls
from asterism.atls.binder import EXPORTER_SIZE, ChannelKeys
from asterism.atls.certificate import spki
from asterism.atls.stream import TlsStream

NOBODY = b"the peer has shown no certificate yet"


def apply(patch: pytest.MonkeyPatch) -> None:
    """Give what OpenSSL gives, whenever it is asked."""

    def channel_keys(stream: TlsStream) -> ChannelKeys:
        inside = vars(stream)
        with inside["_lock"]:
            exporter = inside["_tls"].export_keying_material(tls.EXPORTER_LABEL, EXPORTER_SIZE)
        return ChannelKeys(NOBODY, spki(inside["_identity"].certificate), exporter)

    patch.setattr(TlsStream, "channel_keys", channel_keys)
