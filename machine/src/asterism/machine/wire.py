"""Errors as JSON, so that a failure on a host or in another process keeps its stable ID."""

import json
from typing import Any

from asterism import errors
from asterism.errors import Error, ProvisionError
from asterism.errors.catalogue import entries

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


def decode_message(said: bytes | str, otherwise: str) -> dict[str, Any]:
    """The JSON object that a process on a host wrote, if it tells no error.

    Raises the error that it tells, or ProvisionError `otherwise` (an ID) for anything else.
    """
    try:
        plain: object = json.loads(said)
    except (ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict):
        raise ProvisionError(otherwise, f"an answer that is no JSON object: {said[:200]!r}")
    if "error" in plain:
        raise decode_error(plain["error"], otherwise)
    return plain


def decode_error(plain: object, otherwise: str) -> Error:
    """The error that `encode_error` wrote; a ProvisionError `otherwise` for what is none."""
    try:
        return _known_error(plain)
    except (KeyError, TypeError, ValueError, AttributeError):
        return ProvisionError(otherwise, f"an error of unknown form: {str(plain)[:200]}")


def _known_error(plain: Any) -> Error:
    texts = [plain["id"], plain["detail"], *plain["facts"].values()]
    if plain["id"] not in entries() or not all(isinstance(text, str) for text in texts):
        raise ValueError(plain["id"])
    return KINDS[plain["kind"]](plain["id"], plain["detail"], **plain["facts"])
