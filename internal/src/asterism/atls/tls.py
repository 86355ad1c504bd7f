"""TLS of attested sessions: version 1.3 only, a certificate from both sides, nothing resumed.

Any certificate is accepted here, because who the peer is, is proven inside the session; what is
checked is that there is exactly one, small, with a P-256 key (`certificate.require_acceptable`).
"""

from OpenSSL import SSL
from OpenSSL._util import lib as _lib

from asterism.atls.certificate import OneTimeIdentity
from asterism.atls.purpose import Role
from asterism.errors import InternalError

ALPN = b"asterism/1"
EXPORTER_LABEL = b"EXPORTER-asterism-attested-session-v1"
GROUPS = b"X25519MLKEM768:X25519:P-256"
CIPHERSUITES = b"TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"


def context(role: Role, identity: OneTimeIdentity) -> SSL.Context:
    """The TLS configuration of one session, as the side `role`.

    Made for each session: a context that lives no longer than its session has nothing to resume.
    """
    made = SSL.Context(SSL.TLS_METHOD)
    made.set_min_proto_version(SSL.TLS1_3_VERSION)
    made.set_max_proto_version(SSL.TLS1_3_VERSION)
    made.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION)
    made.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    made.set_tls13_ciphersuites(CIPHERSUITES)
    _set_groups(made)
    made.use_certificate(identity.certificate)
    made.use_privatekey(identity.key)
    made.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _accept_any)
    made.set_verify_depth(0)
    made.clear_mode(_lib.SSL_MODE_ENABLE_PARTIAL_WRITE)
    if role is Role.DIALLER:
        made.set_alpn_protos([ALPN])
    else:
        made.set_alpn_select_callback(_select_alpn)
    return made


def _set_groups(made: SSL.Context) -> None:
    """Hybrid post-quantum first. pyOpenSSL has no method for it, so its binding is called."""
    if _lib.SSL_CTX_set1_curves_list(made._context, GROUPS) != 1:  # noqa: SLF001
        raise InternalError("INT-001", "this OpenSSL lacks the groups of attested sessions")


def _accept_any(
    _connection: SSL.Connection, _certificate: object, _error: int, depth: int, _ok: int
) -> bool:
    """Accept a certificate of any issuer, but no chain of them."""
    return depth == 0


def _select_alpn(
    _connection: SSL.Connection, offered: list[bytes]
) -> "bytes | SSL._NoOverlappingProtocols":
    """Our protocol or none; both sides check after the handshake which one it is."""
    return ALPN if ALPN in offered else SSL.NO_OVERLAPPING_PROTOCOLS
