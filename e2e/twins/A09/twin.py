"""A09, older versions and captured tickets. Taken away: TLS 1.3 only, and nothing to resume."""

import pytest
from OpenSSL import SSL
from OpenSSL._util import lib

from asterism.atls import tls
from asterism.atls.certificate import OneTimeIdentity
from asterism.atls.purpose import Role


def apply(patch: pytest.MonkeyPatch) -> None:
    """Give listeners one context for all sessions, as OpenSSL has it by default."""
    strict = tls.context
    shared = lax_context()

    def context(role: Role, identity: OneTimeIdentity) -> SSL.Context:
        return shared if role is Role.LISTENER else strict(role, identity)

    patch.setattr(tls, "context", context)


def lax_context() -> SSL.Context:
    """Certificates are asked for, but any version will do and tickets are given out."""
    identity = OneTimeIdentity.generate()
    made = SSL.Context(SSL.TLS_METHOD)
    made.use_certificate(identity.certificate)
    made.use_privatekey(identity.key)
    made.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    made.set_alpn_select_callback(lambda _connection, _offered: tls.ALPN)
    made.set_session_id(b"shared")
    _allow_early_data(made)
    return made


def _allow_early_data(made: SSL.Context) -> None:
    """Tickets that a client may send data with at once; pyOpenSSL has no method for it."""
    lib.SSL_CTX_set_max_early_data(made._context, 1 << 14)  # noqa: SLF001
