"""Errors as JSON, so that a failure on a host or in another process keeps its stable ID."""

from typing import Any

from asterism import errors
from asterism.errors import Error

KINDS: dict[str, type[Error]] = {
    kind.__name__: kind
    for kind in (
        errors.UserError,
        errors.ProvisionError,
        errors.InternalError,
        errors.LocalProtocolError,
        errors.RemoteProtocolError,
        errors.PeerRefusedError,
    )
}


def encode_error(error: Error) -> dict[str, Any]:
    """The JSON form of an error."""
    kind = type(error).__name__
    return {
        "kind": kind if kind in KINDS else "ProvisionError",
        "id": error.error_id,
        "detail": error.detail,
        "facts": error.facts,
    }


def decode_error(plain: dict[str, Any]) -> Error:
    """The error that `encode_error` wrote. Raises KeyError or TypeError for anything else."""
    return KINDS[plain["kind"]](plain["id"], plain["detail"], **plain["facts"])
