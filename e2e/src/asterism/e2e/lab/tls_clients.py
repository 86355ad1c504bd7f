"""TLS clients that an attacker would bring: any version, with tickets, with or without a key."""

import socket
from dataclasses import dataclass

from OpenSSL import SSL
from OpenSSL._util import ffi, lib

from asterism.atls import tls
from asterism.atls.certificate import OneTimeIdentity

RECORD = 1 << 14


def context(version: int = SSL.TLS1_3_VERSION) -> SSL.Context:
    """A client's configuration that offers nothing newer than `version`."""
    made = SSL.Context(SSL.TLS_METHOD)
    made.set_max_proto_version(version)
    made.set_alpn_protos([tls.ALPN])
    return made


def connect(
    made: SSL.Context,
    end: socket.socket,
    identity: OneTimeIdentity | None = None,
    session: SSL.Session | None = None,
    early: bytes = b"",
) -> SSL.Connection:
    """A handshake on `end`; with `session` it asks to resume, `early` is sent before it.

    SSL.Error when the listener aborts it.
    """
    end.setblocking(True)
    client = SSL.Connection(made, end)
    client.set_connect_state()
    if identity is not None:
        client.use_certificate(identity.certificate)
        client.use_privatekey(identity.key)
    if session is not None:
        client.set_session(session)
    if early:
        _write_early(client, early)
    client.do_handshake()
    return client


def _write_early(client: SSL.Connection, data: bytes) -> None:
    """0-RTT data (RFC 8446, section 2.3); pyOpenSSL has no method for it, its binding has."""
    written = ffi.new("size_t *")
    ssl = client._ssl  # noqa: SLF001
    assert lib.SSL_write_early_data(ssl, data, len(data), written) == 1, "no ticket for early data"


@dataclass
class Unfinished:
    """A client without a key that withholds the last messages of its handshake."""

    end: socket.socket

    def begin(self) -> bytes:
        """Go as far as the listener's answer; the session's exporter (32 bytes) at that point."""
        client = SSL.Connection(context(), None)
        client.set_connect_state()
        while not self._finished(client):
            self.end.sendall(client.bio_read(RECORD))
            client.bio_write(self.end.recv(RECORD))
        return client.export_keying_material(tls.EXPORTER_LABEL, 32)

    @staticmethod
    def _finished(client: SSL.Connection) -> bool:
        try:
            client.do_handshake()
        except SSL.WantReadError:
            return False
        return True
