"""The Kubernetes API as plain requests: TLS with a client certificate, JSON in and out.

Only the standard library, because this runs in every node. Objects are dictionaries in the API's
own form; whoever wants typed ones uses the `kubernetes` package on the owner's side.
"""

import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from asterism import clock
from asterism.errors import ProvisionError

KubeObject = dict[str, Any]
"""An API object or a list of them, as JSON gives it."""

FIELD_MANAGER: Final = "asterism"
JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"
"""Server-side apply; JSON is YAML."""


class ApiError(ProvisionError):
    """JOI-401: the API server answered with another status than 2xx."""

    def __init__(self, method: str, path: str, status: int, reason: str) -> None:
        super().__init__("JOI-401", f"{method} {path}: {status} {reason}")
        self.status = status

    @property
    def not_found(self) -> bool:
        """Whether the object does not exist."""
        return self.status == http.client.NOT_FOUND

    @property
    def conflict(self) -> bool:
        """Whether it exists already, or changed meanwhile."""
        return self.status == http.client.CONFLICT


class ApiUnreachableError(ProvisionError):
    """JOI-402: no connection, or it broke."""

    def __init__(self, server: str, reason: object) -> None:
        super().__init__("JOI-402", f"{server}: {reason}")


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """Files of a client certificate (PEM) and its key."""

    certificate: Path
    key: Path


class ApiClient:
    """Requests to one API server, one connection for each request.

    `server` is `https://ADDRESS:PORT`. Only `authority` (PEM) is trusted, and the server's
    certificate must hold the address. Not bound to a thread.
    """

    def __init__(
        self, server: str, *, authority: bytes, identity: ClientIdentity, timeout: float = 10.0
    ) -> None:
        parts = urlsplit(server)
        if parts.scheme != "https" or parts.hostname is None:
            msg = f"not an https URL: {server}"
            raise ValueError(msg)
        self.server = server
        self._host = parts.hostname
        self._port = parts.port or 443
        self._timeout = timeout
        self._tls = ssl.create_default_context(cadata=authority.decode("ascii"))
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_3
        self._tls.load_cert_chain(identity.certificate, identity.key)

    def get(self, path: str, **query: str) -> KubeObject:
        """The object or list at `path`; ApiError with `not_found` when there is none."""
        return self.request("GET", path, query=query)

    def create(self, path: str, obj: KubeObject) -> KubeObject:
        """POST `obj` to the collection `path`; ApiError with `conflict` when it exists."""
        return self.request("POST", path, body=obj)

    def apply(self, path: str, obj: KubeObject) -> KubeObject:
        """Make the object at `path` have the fields of `obj`, creating it if need be."""
        query = {"fieldManager": FIELD_MANAGER, "force": "true"}
        return self.request("PATCH", path, body=obj, content_type=APPLY_PATCH, query=query)

    def patch(self, path: str, obj: KubeObject) -> KubeObject:
        """Merge `obj` into the object at `path` (RFC 7396); None deletes a field."""
        return self.request("PATCH", path, body=obj, content_type=MERGE_PATCH)

    def delete(self, path: str) -> None:
        """Delete the object at `path`; nothing happens when there is none."""
        try:
            self.request("DELETE", path)
        except ApiError as exc:
            if not exc.not_found:
                raise

    def is_ready(self) -> bool:
        """Whether /readyz says ok now. False also when nothing answers."""
        try:
            self._exchange("GET", "/readyz", None, JSON, {})
        except (ApiError, ApiUnreachableError):
            return False
        return True

    def request(
        self,
        method: str,
        path: str,
        *,
        body: KubeObject | None = None,
        content_type: str = JSON,
        query: Mapping[str, str] | None = None,
    ) -> KubeObject:
        """One request; raises ApiError or ApiUnreachableError."""
        raw = self._exchange(method, path, body, content_type, query or {})
        decoded = _decoded(raw)
        if not isinstance(decoded, dict):
            raise ApiError(method, path, 200, "the answer is no JSON object")
        return decoded

    def _exchange(
        self,
        method: str,
        path: str,
        body: KubeObject | None,
        content_type: str,
        query: Mapping[str, str],
    ) -> bytes:
        target = f"{path}?{urlencode(query)}" if query else path
        payload = None if body is None else json.dumps(body).encode()
        headers = {"Accept": JSON, "Content-Type": content_type}
        connection = http.client.HTTPSConnection(
            self._host, self._port, timeout=self._timeout, context=self._tls
        )
        try:
            connection.request(method, target, payload, headers)
            answer = connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException) as exc:
            raise ApiUnreachableError(self.server, exc) from exc
        finally:
            connection.close()
        if not http.client.OK <= answer.status < http.client.MULTIPLE_CHOICES:
            raise ApiError(method, path, answer.status, _message(raw) or answer.reason)
        return raw


def wait_for(
    check: Callable[[], bool], *, what: str, timeout: float, interval: float = 0.1
) -> None:
    """Poll `check` until it is true; refusals and silence of the API count as false.

    Raises ProvisionError JOI-402 after `timeout` seconds, naming `what` and the last refusal.
    """
    deadline = clock.monotonic() + timeout
    last = "not yet"
    while clock.monotonic() < deadline:
        try:
            if check():
                return
        except (ApiError, ApiUnreachableError) as exc:
            last = exc.detail
        clock.sleep(interval)
    raise ProvisionError("JOI-402", f"{what}: not within {timeout:g} s ({last})")


def condition(obj: KubeObject, kind: str) -> bool:
    """Whether the status condition `kind` of `obj` is True."""
    conditions = obj.get("status", {}).get("conditions", [])
    return any(item.get("type") == kind and item.get("status") == "True" for item in conditions)


def _message(raw: bytes) -> str:
    decoded = _decoded(raw)
    if decoded is None:
        return raw[:200].decode(errors="replace")
    return str(decoded.get("message", "")) if isinstance(decoded, dict) else ""


def _decoded(raw: bytes) -> object:
    """The JSON value, None if it is none."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
