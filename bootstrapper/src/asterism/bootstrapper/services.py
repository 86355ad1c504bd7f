"""The gRPC services of a node, behind attested sessions.

Peers that have proven nothing get a server of their own, with the one service they may call: calls
that they begin and never end wait there, not where joins and the owner's calls are answered.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

from asterism.atls.gate import SessionGate
from asterism.atls.grpc_bridge import ServerBridge
from asterism.atls.session import Session
from asterism.attestation.claims import AnonymousClaims
from asterism.bootstrapper.admin.servicer import AdminServicer, VerifyServicer
from asterism.bootstrapper.init.run import InitTask
from asterism.bootstrapper.init.servicer import BootstrapServicer
from asterism.bootstrapper.node import Node
from asterism.bootstrapper.trust.servicer import TrustServicer
from asterism.proto.admin.v1 import admin_pb2_grpc
from asterism.proto.bootstrap.v1 import bootstrap_pb2_grpc
from asterism.proto.trust.v1 import trust_pb2_grpc

THREADS = 64
"""One for each stream that a member follows, and some for calls; made when needed."""
STRANGERS_OPTIONS = (
    ("grpc.max_concurrent_streams", 1),
    ("grpc.max_receive_message_length", 4096),
)
"""One call at a time and small requests; sessions of strangers are counted by the listener."""


class Services:
    """Both servers. Which service a session may call is decided by its purpose."""

    def __init__(self, node: Node, task: InitTask, directory: Path) -> None:
        self._proven = ServerBridge(directory / "proven")
        self._strangers = ServerBridge(directory / "strangers")
        self._servers = (
            _server(self._proven),
            _server(self._strangers, STRANGERS_OPTIONS),
        )
        for add, servicer, servers in (
            (admin_pb2_grpc.add_VerifyServicer_to_server, VerifyServicer(node), self._servers),
            (admin_pb2_grpc.add_AdminServicer_to_server, AdminServicer(node), self._servers[:1]),
            (
                trust_pb2_grpc.add_TrustServicer_to_server,
                TrustServicer(lambda: node.trust),
                self._servers[:1],
            ),
            (
                bootstrap_pb2_grpc.add_BootstrapServicer_to_server,
                BootstrapServicer(node, task),
                self._servers[:1],
            ),
        ):
            for server in servers:
                add(servicer, server)  # type: ignore[no-untyped-call]

    def start(self) -> None:
        """Answer calls from now on."""
        for server in self._servers:
            server.start()

    def stop(self) -> None:
        """End all calls."""
        for server in self._servers:
            server.stop(None).wait()

    def serve(self, session: Session) -> None:
        """Carry `session` until it ends; InternalError INT-001 before `start`."""
        stranger = isinstance(session.claims.subject, AnonymousClaims)
        (self._strangers if stranger else self._proven).serve(session)


def _server(bridge: ServerBridge, options: tuple[tuple[str, int], ...] = ()) -> grpc.Server:
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="rpc")
    made = grpc.server(pool, interceptors=[SessionGate()], options=options)
    made.add_insecure_port(bridge.address)
    return made
