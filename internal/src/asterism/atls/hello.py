"""What a hello must be, for the side that says it (`asterism.session.v1.Hello`). Pure."""

from asterism.atls.binder import NONCE_SIZE
from asterism.atls.purpose import RULES, Pcr15, ProofKind, Purpose, Role
from asterism.errors import AttestationError, RemoteProtocolError
from asterism.proto.session.v1.session_pb2 import Hello

VERSION = 1
AK_NAME_SIZE = 34
"""TPM name of a SHA-256 object: 2 bytes of algorithm, 32 of digest (TCG part 1, section 16)."""
CLUSTER_ID_SIZE = 32


def check_hello(hello: Hello, role: Role) -> Purpose:
    """The purpose of `hello`, if it is one that the side `role` may say.

    RemoteProtocolError TLS-013, AttestationError TLS-020/021/023/024.
    """
    if hello.version != VERSION:
        raise RemoteProtocolError("TLS-013", f"version {hello.version}, this side has {VERSION}")
    if hello.role != role.value:
        raise refused("TLS-020", "role", role.name, str(hello.role))
    try:
        purpose = Purpose(hello.purpose)
    except ValueError:
        raise refused("TLS-021", "purpose", "a known one", ascii(hello.purpose)) from None
    if len(hello.nonce) != NONCE_SIZE:
        raise refused("TLS-023", "nonce", f"{NONCE_SIZE} bytes", f"{len(hello.nonce)} bytes")
    side = RULES[purpose].side(role)
    _check_size(
        "attestation key name", hello.ak_name, AK_NAME_SIZE, side.proof is ProofKind.EVIDENCE
    )
    _check_size("cluster ID", hello.cluster_id, CLUSTER_ID_SIZE, side.pcr15 is Pcr15.SOME_CLUSTER)
    return purpose


def _check_size(claim: str, value: bytes, size: int, wanted: bool) -> None:
    expected = size if wanted else 0
    if len(value) != expected:
        raise refused("TLS-024", claim, f"{expected} bytes", f"{len(value)} bytes")


def refused(error_id: str, claim: str, expected: str, got: str) -> AttestationError:
    """A refusal because of what was said, before anything was proven."""
    return AttestationError.of(
        error_id, claim=claim, expected=expected, got=got, source="session protocol"
    )
