"""The 64 bytes that tie a proof to one side of one session (docs/design/parts.md, "Binding").

Pure. Every field is preceded by its length, so no two inputs give the same bytes to the hash.
"""

import hashlib
from dataclasses import dataclass

from asterism.atls.purpose import Purpose, Role
from asterism.errors import LocalProtocolError

LABEL = b"asterism attested session v1"
NONCE_SIZE = 32
EXPORTER_SIZE = 32
_ROLE_NAMES = {Role.DIALLER: b"dialler", Role.LISTENER: b"listener"}


@dataclass(frozen=True, slots=True)
class ChannelKeys:
    """What both ends of one TLS session know about it once its handshake is complete.

    `dialler_spki` and `listener_spki` are the DER SubjectPublicKeyInfo of the certificates,
    `exporter` is the session's exported key (RFC 9266 in kind, with a label of our own).
    """

    dialler_spki: bytes
    listener_spki: bytes
    exporter: bytes

    def spki(self, role: Role) -> bytes:
        """The public key of the side `role`."""
        return self.dialler_spki if role is Role.DIALLER else self.listener_spki


def report_data(
    *,
    purpose: Purpose,
    role: Role,
    keys: ChannelKeys,
    dialler_nonce: bytes,
    listener_nonce: bytes,
    ak_name: bytes,
) -> bytes:
    """The 64-byte binder of the side `role`: SHA-512 over everything that makes it unique.

    `ak_name` is the TPM name of that side's attestation key, empty where it shows no evidence.
    LocalProtocolError TLS-001 for a missing or short field: a weak binder is never computed.
    """
    _require("exporter", len(keys.exporter) == EXPORTER_SIZE)
    _require("nonces", len(dialler_nonce) == len(listener_nonce) == NONCE_SIZE)
    _require("fresh nonces", dialler_nonce != listener_nonce)
    _require("public keys", bool(keys.dialler_spki) and bool(keys.listener_spki))
    fields = (
        LABEL,
        purpose.value.encode(),
        _ROLE_NAMES[role],
        keys.dialler_spki,
        keys.listener_spki,
        dialler_nonce,
        listener_nonce,
        ak_name,
        keys.exporter,
    )
    hashed = hashlib.sha512()
    for field in fields:
        hashed.update(len(field).to_bytes(4, "big"))
        hashed.update(field)
    return hashed.digest()


def _require(what: str, held: bool) -> None:
    if not held:
        raise LocalProtocolError("TLS-001", f"a binder needs {what}")
