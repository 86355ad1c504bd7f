"""gRPC inside an attested session: bytes are pumped between the session and a private unix socket.

grpcio brings its own transport, so each end of a session is joined to it by a unix socket in a
directory that only this user can enter, never by a TCP port. On the server, each session's end of
that socket is bound to a path of its own before it connects; grpcio shows the path as the call's
peer, and so one server knows every call's claims.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc

from asterism.atls.claims import SessionClaims
from asterism.atls.session import Session


@contextmanager
def channel(session: Session) -> Iterator[grpc.Channel]:
    """A gRPC channel through `session`, which is closed together with the channel.

    When the session ends, calls fail with UNAVAILABLE; the channel never connects again.
    """
    raise NotImplementedError
    yield


class ServerBridge:
    """Joins accepted sessions to one gRPC server of this process.

    bridge = ServerBridge(Path("/run/asterism/rpc"))
    server = grpc.server(pool, interceptors=[SessionGate()])
    server.add_insecure_port(bridge.address)
    server.start()
    ...
    bridge.serve(session)           # in a thread of its own, until the session ends
    """

    def __init__(self, directory: Path) -> None:
        self.address = f"unix:{directory}/grpc.sock"
        """What the gRPC server listens on."""

    def serve(self, session: Session) -> None:
        """Carry `session` until either side closes it, then cancel its calls and close it."""
        raise NotImplementedError


def claims_of(context: grpc.ServicerContext) -> SessionClaims:
    """The claims of the session that a call came through; aborts UNAUTHENTICATED if none."""
    raise NotImplementedError


class SessionGate(grpc.ServerInterceptor):
    """Refuses calls outside a session (UNAUTHENTICATED), and methods that the session's purpose
    does not allow (PERMISSION_DENIED), before any servicer sees them.
    """

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        raise NotImplementedError
