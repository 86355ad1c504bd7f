"""The API server as the owner reaches it: through the relay, trusted by the genesis' authority.

Raw REST over one kept connection, because start-up counts here. The server's name in the
certificate is `kubernetes`, which is also what the relay and the node route by.
"""

import http.client
import json
import os
import socket
import ssl
from typing import Any

from typing_extensions import override

from asterism.cluster.names import RELAY_HOST
from asterism.config import network
from asterism.errors import ProvisionError
from asterism.kube.kubeconfig import Entry

KubeObject = dict[str, Any]


class ApiError(ProvisionError):
    """CLU-018 with the HTTP status; 0 when there was no answer."""

    def __init__(self, path: str, status: int, reason: str) -> None:
        super().__init__("CLU-018", f"GET {path}: {reason}", status=str(status or ""))
        self.status = status


class _RelayConnection(http.client.HTTPSConnection):
    """Dials the relay and asks for the API server by name."""

    def __init__(self, port: int, context: ssl.SSLContext, timeout: float) -> None:
        super().__init__(RELAY_HOST, port, timeout=timeout, context=context)
        self._relay_context = context

    @override
    def connect(self) -> None:
        plain = socket.create_connection((RELAY_HOST, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.sock = self._relay_context.wrap_socket(
                plain, server_hostname=network.API_SERVER_NAME
            )
        except BaseException:
            plain.close()
            raise


class Api:
    """GET requests with the owner's certificate. Not for several threads."""

    def __init__(self, port: int, entry: Entry, *, timeout: float = 5.0) -> None:
        self._connection = _RelayConnection(port, _context(entry), timeout)

    def get(self, path: str) -> KubeObject:
        """The object or list at `path`; ApiError CLU-018 when it is not to be had."""
        try:
            self._connection.request("GET", path, headers={"Accept": "application/json"})
            answer = self._connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException) as exc:
            self._connection.close()
            raise ApiError(path, 0, str(exc) or type(exc).__name__) from exc
        if answer.status != http.client.OK:
            raise ApiError(path, answer.status, f"{answer.status} {answer.reason}")
        try:
            decoded = json.loads(raw)
        except (ValueError, RecursionError):
            decoded = None
        if not isinstance(decoded, dict):
            raise ApiError(path, answer.status, "the answer is no JSON object")
        return decoded

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def _context(entry: Entry) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=entry.authority.decode())
    # The ssl module takes a key only from a file; this one lives in memory and is never on disk.
    descriptor = os.memfd_create("asterism-user", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, entry.certificate + entry.key)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
    return context
