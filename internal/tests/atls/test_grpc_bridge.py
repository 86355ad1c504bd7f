# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls
"""gRPC through sessions: one server, many sessions, each call with its session's claims."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest
from typing_extensions import override

from asterism.atls import grpc_bridge
from asterism.atls.gate import SessionGate
from asterism.atls.grpc_bridge import ServerBridge, channel, claims_of
from asterism.atls.purpose import Purpose
from asterism.errors import AttestationError, InternalError
from asterism.proto.admin.v1.admin_pb2_grpc import VerifyStub
from asterism.proto.bootstrap.v1.bootstrap_pb2 import InitRequest, InitResponse, Progress
from asterism.proto.bootstrap.v1.bootstrap_pb2_grpc import (
    BootstrapServicer,
    BootstrapStub,
    add_BootstrapServicer_to_server,
)
from asterism.proto.trust.v1.trust_pb2 import JoinRequest, JoinResponse, Peers, WatchPeersRequest
from asterism.proto.trust.v1.trust_pb2_grpc import (
    TrustServicer,
    TrustStub,
    add_TrustServicer_to_server,
)


class Trust(TrustServicer):
    """Answers with the caller's attestation key; watches until the session ends."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    @override
    def Join(self, request, context):
        return JoinResponse(node_certificate=claims_of(context).node.ak_name)

    @override
    def WatchPeers(self, request, context):
        context.add_callback(self.cancelled.set)
        yield Peers()
        self.cancelled.wait(10)


class Bootstrap(BootstrapServicer):
    """Echoes each request as progress."""

    @override
    def Init(self, requests, context):
        for number, _ in enumerate(requests):
            yield InitResponse(progress=Progress(milliseconds=number))


@contextmanager
def serving(directory, *, gate: bool = True) -> Iterator[tuple[ServerBridge, Trust]]:
    """A gRPC server behind a bridge."""
    bridge = ServerBridge(directory / "rpc")
    interceptors = [SessionGate()] if gate else []
    server = grpc.server(ThreadPoolExecutor(8), interceptors=interceptors)
    trust = Trust()
    add_TrustServicer_to_server(trust, server)
    add_BootstrapServicer_to_server(Bootstrap(), server)
    server.add_insecure_port(bridge.address)
    server.start()
    try:
        yield bridge, trust
    finally:
        server.stop(None).wait()


@pytest.fixture
def served(tmp_path) -> Iterator[tuple[ServerBridge, Trust]]:
    """A server with the gate in place."""
    with serving(tmp_path) as made:
        yield made


def open_channel(stage, bridge, purpose):
    """A channel of a new session of `purpose`."""
    dialler, listener = stage.play(purpose).sessions
    stage.background(lambda: bridge.serve(listener))
    return channel(dialler)


def test_a_unary_call_finds_its_sessions_claims(stage, cast, served) -> None:
    """The servicer sees who called."""
    bridge, _ = served
    with open_channel(stage, bridge, Purpose.REJOIN) as rpc:
        answer = TrustStub(rpc).Join(JoinRequest(), timeout=10)

    assert answer.node_certificate == cast.left.ak_name


def test_streams_pass_both_ways(stage, served) -> None:
    """A bidirectional stream of an owner's session."""
    bridge, _ = served
    with open_channel(stage, bridge, Purpose.INIT) as rpc:
        requests = (InitRequest() for _ in range(20))
        answers = list(BootstrapStub(rpc).Init(requests, timeout=10))

    assert [answer.progress.milliseconds for answer in answers] == list(range(20))


def test_many_sessions_share_one_server_and_keep_apart(stage, cast, served) -> None:
    """Each session's calls carry its own claims, also when they come at once."""
    bridge, _ = served
    kind = type(cast.left)
    nodes = [kind(f"node-{number}") for number in range(6)]

    def call(node) -> bytes:
        dialler, listener = stage.play(Purpose.REJOIN, prover=node).sessions
        stage.background(lambda: bridge.serve(listener))
        with channel(dialler) as rpc:
            stub = TrustStub(rpc)
            answers = {stub.Join(JoinRequest(), timeout=10).node_certificate for _ in range(20)}
        return answers.pop() if len(answers) == 1 else b""

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(call, nodes)) == [node.ak_name for node in nodes]


def test_large_messages_pass(stage, served) -> None:
    """Megabytes in one message, in both directions of the pump."""
    bridge, _ = served
    with open_channel(stage, bridge, Purpose.REJOIN) as rpc:
        answer = TrustStub(rpc).Join(JoinRequest(node_csr=bytes(3 << 20)), timeout=20)

    assert answer.node_certificate


@pytest.mark.parametrize("end", ["dialler", "listener", "bridge"])
def test_closing_the_session_cancels_its_calls(stage, served, end) -> None:
    """A long stream ends on both sides as soon as either side closes the session."""
    bridge, trust = served
    dialler, listener = stage.play(Purpose.REJOIN).sessions
    done = stage.background(lambda: bridge.serve(listener))
    with channel(dialler) as rpc:
        stream = TrustStub(rpc).WatchPeers(WatchPeersRequest(), timeout=20)
        next(stream)
        if end == "bridge":
            bridge.close_sessions(lambda claims: claims.purpose is Purpose.REJOIN)
        else:
            (dialler if end == "dialler" else listener).close()
        with pytest.raises(grpc.RpcError) as caught:
            list(stream)

        assert caught.value.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
        assert trust.cancelled.wait(5)
        done.result(5)


def test_a_closed_session_leaves_nothing_behind(stage, tmp_path) -> None:
    """Neither a socket in the directory, nor claims, nor a way to call again."""
    with serving(tmp_path) as (bridge, _):
        dialler, listener = stage.play(Purpose.REJOIN).sessions
        done = stage.background(lambda: bridge.serve(listener))
        with channel(dialler) as rpc:
            stub = TrustStub(rpc)
            stub.Join(JoinRequest(), timeout=10)
            listener.close()
            done.result(5)
            with pytest.raises(grpc.RpcError) as caught:
                stub.Join(JoinRequest(), timeout=1)

        assert caught.value.code() in {
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.DEADLINE_EXCEEDED,
        }
        assert [path.name for path in (tmp_path / "rpc").iterdir()] == ["grpc.sock"]
        assert not grpc_bridge._sessions


def test_a_direct_caller_is_unauthenticated(served) -> None:
    """Whoever reaches the server's socket itself has no session, whatever he calls."""
    bridge, _ = served
    with grpc.insecure_channel(bridge.address) as rpc:
        for call in (
            lambda: TrustStub(rpc).Join(JoinRequest(), timeout=5),
            lambda: list(TrustStub(rpc).WatchPeers(WatchPeersRequest(), timeout=5)),
            lambda: list(BootstrapStub(rpc).Init(iter([InitRequest()]), timeout=5)),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                call()
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
            assert "TLS-032" in caught.value.details()


def test_a_direct_caller_twin_without_gate_is_served(tmp_path) -> None:
    """Without the gate, a servicer that forgets to ask for claims answers anybody."""
    with (
        serving(tmp_path, gate=False) as (bridge, _),
        grpc.insecure_channel(bridge.address) as rpc,
    ):
        answers = list(BootstrapStub(rpc).Init(iter([InitRequest()]), timeout=5))

    assert len(answers) == 1


def test_a_caller_bound_to_a_path_of_his_own_is_unauthenticated(served, tmp_path) -> None:
    """Only paths of sessions count: one that somebody else bound, and relayed, is not known."""
    bridge, _ = served
    with socket.socket(socket.AF_UNIX) as own:
        own.bind(str(tmp_path / "rpc" / "session-0000000000000000"))
        own.connect(bridge.address.removeprefix("unix:"))
        with _relayed(own, tmp_path) as rpc, pytest.raises(grpc.RpcError) as caught:
            TrustStub(rpc).Join(JoinRequest(), timeout=5)

    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


@contextmanager
def _relayed(far: socket.socket, tmp_path) -> Iterator[grpc.Channel]:
    """A channel whose bytes go through the connected socket `far`."""
    from asterism.net.splice import splice

    path = str(tmp_path / "relay.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(1)

        def relay() -> None:
            near, _ = listener.accept()
            with near:
                splice(near, far)

        thread = threading.Thread(target=relay, daemon=True)
        thread.start()
        with grpc.insecure_channel(f"unix:{path}") as rpc:
            yield rpc
        thread.join(5)


def test_a_method_of_another_purpose_is_denied(stage, served) -> None:
    """A mesh session may call nothing, a join session no more than Join."""
    bridge, _ = served
    with open_channel(stage, bridge, Purpose.MESH) as rpc, pytest.raises(grpc.RpcError) as caught:
        TrustStub(rpc).Join(JoinRequest(), timeout=5)
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "TLS-033" in caught.value.details()

    with open_channel(stage, bridge, Purpose.JOIN) as rpc:
        TrustStub(rpc).Join(JoinRequest(), timeout=5)
        with pytest.raises(grpc.RpcError) as caught:
            next(TrustStub(rpc).WatchPeers(WatchPeersRequest(), timeout=5))
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_a_method_that_nobody_serves_is_unimplemented(stage, served) -> None:
    """The gate adds no methods."""
    from asterism.proto.admin.v1.admin_pb2 import DescribeRequest

    bridge, _ = served
    with open_channel(stage, bridge, Purpose.VERIFY) as rpc, pytest.raises(grpc.RpcError) as caught:
        VerifyStub(rpc).Describe(DescribeRequest(), timeout=5)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_another_process_on_the_clients_socket_is_refused() -> None:
    """The connection's peer must be this process, as the kernel says."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0asterism-test-{os.getpid()}")
        listener.listen(1)
        with socket.socket(socket.AF_UNIX) as own:
            own.connect(listener.getsockname())
            accepted, _ = listener.accept()
            with accepted:
                grpc_bridge.require_own_process(accepted)

        child = os.posix_spawnp(
            "python3",
            ["python3", "-c", _CONNECT, listener.getsockname()[1:].decode()],
            os.environ,
        )
        accepted, _ = listener.accept()
        with accepted, pytest.raises(AttestationError, match="TLS-031"):
            grpc_bridge.require_own_process(accepted)
        os.waitpid(child, 0)


_CONNECT = (
    "import socket, sys\n"
    "s = socket.socket(socket.AF_UNIX); s.connect('\\0' + sys.argv[1]); s.recv(1)"
)


def test_a_directory_that_others_can_enter_is_refused(tmp_path) -> None:
    """So is one whose paths would not fit into a socket address."""
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)
    with pytest.raises(InternalError, match="not private"):
        ServerBridge(open_to_all)
    with pytest.raises(InternalError, match="too deep"):
        ServerBridge(tmp_path / ("deep" * 30))


def test_a_session_without_a_server_is_closed(stage, tmp_path) -> None:
    """The bridge says so instead of holding the session open."""
    bridge = ServerBridge(tmp_path / "rpc")
    dialler, listener = stage.play(Purpose.REJOIN).sessions
    with pytest.raises(InternalError, match="no gRPC server"):
        bridge.serve(listener)
    assert dialler.recv(timeout=5) == b""


def test_channel_without_a_call_ends_at_once(stage) -> None:
    """Leaving the channel does not wait for a connection that never came."""
    dialler, listener = stage.play(Purpose.REJOIN).sessions
    started = time.monotonic()
    with channel(dialler):
        pass
    assert time.monotonic() - started < 2
    assert listener.recv(timeout=5) == b""
