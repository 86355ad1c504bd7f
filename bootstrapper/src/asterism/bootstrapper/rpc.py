"""The edge between gRPC and the cores: who calls, and how refusals are told.

The log gets every reason. The owner gets the ID with its detail; a node gets the ID only.
"""

import functools
import logging
from collections.abc import Callable, Collection, Iterator
from typing import Any, NoReturn, TypeVar

import grpc

from asterism.atls.claims import SessionClaims
from asterism.atls.grpc_bridge import claims_of
from asterism.atls.purpose import Purpose
from asterism.attestation.claims import OwnerClaims
from asterism.errors import AttestationError, Error, InternalError, UserError

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


def caller(context: grpc.ServicerContext, *purposes: Purpose) -> SessionClaims:
    """What the session of this call has proven; AttestationError JOI-008 for other purposes."""
    claims = claims_of(context)
    if claims.purpose not in purposes:
        raise AttestationError.of(
            "JOI-008",
            claim="session purpose",
            expected=" or ".join(purposes),
            got=claims.purpose,
            source="architecture, section 5",
        )
    return claims


def require_owner(claims: SessionClaims, owners: Collection[bytes]) -> bytes:
    """The owner's key; AttestationError TLS-030 or JOI-203 if the caller is no such owner."""
    key = claims.owner.public_key
    if key not in owners:
        raise AttestationError.of(
            "JOI-203",
            claim="owner key",
            expected=" or ".join(owner.hex() for owner in owners),
            got=key.hex(),
            source="initdata",
        )
    return key


def unary(method: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """A servicer's method whose refusals are told as this module says."""

    @functools.wraps(method)
    def guarded(self: Any, request: Any, context: grpc.ServicerContext) -> _Answer:
        try:
            return method(self, request, context)
        except Exception as exc:  # noqa: BLE001 - gRPC would tell the peer what it says
            refuse(context, exc)

    return guarded


def streaming(method: Callable[..., Iterator[_Answer]]) -> Callable[..., Iterator[_Answer]]:
    """The same for a method that answers with a stream."""

    @functools.wraps(method)
    def guarded(self: Any, request: Any, context: grpc.ServicerContext) -> Iterator[_Answer]:
        try:
            yield from method(self, request, context)
        except Exception as exc:  # noqa: BLE001 - as above
            refuse(context, exc)

    return guarded


def refuse(context: grpc.ServicerContext, failure: Exception) -> NoReturn:
    """Log the refusal in full and end the call with what the caller may know.

    What is no Error of ours is a bug: it is told as INT-001.
    """
    if context.code() is not None:
        raise failure  # the call was aborted already, which gRPC does by an exception
    error = failure if isinstance(failure, Error) else InternalError("INT-001", repr(failure))
    _log.warning("refused: %s", error, exc_info=failure)
    details = str(error) if _is_owner(context) else error.error_id
    context.abort(_status(error), details)
    raise error  # abort raises by itself


def _is_owner(context: grpc.ServicerContext) -> bool:
    try:
        return isinstance(claims_of(context).subject, OwnerClaims)
    except Error:
        return False


def _status(error: Error) -> grpc.StatusCode:
    if isinstance(error, AttestationError):
        return grpc.StatusCode.PERMISSION_DENIED
    if isinstance(error, UserError):
        return grpc.StatusCode.INVALID_ARGUMENT
    return grpc.StatusCode.FAILED_PRECONDITION
