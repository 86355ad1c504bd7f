"""The bridge's private places: who may be in them, and what is left of them."""
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import os
import socket
import tempfile
from types import SimpleNamespace

import grpc
import pytest

from asterism.atls import grpc_bridge
from asterism.atls.claims import SessionClaims
from asterism.atls.gate import SessionGate
from asterism.atls.grpc_bridge import ServerBridge, channel, claims_of
from asterism.atls.purpose import Purpose, Role
from asterism.attestation.claims import AnonymousClaims
from asterism.errors import AttestationError, InternalError

NOBODY = SessionClaims(Purpose.VERIFY, Role.DIALLER, AnonymousClaims())
JOINING = SessionClaims(Purpose.JOIN, Role.DIALLER, AnonymousClaims())


def internal(call) -> str:
    """The ID of the InternalError that `call` raises."""
    with pytest.raises(InternalError) as caught:
        call()
    return caught.value.error_id


def test_paths_of_sessions_must_fit_into_a_socket_address(tmp_path) -> None:
    """108 bytes with the final zero, unix(7): 82 are left for the directory."""
    longest = tmp_path / ("d" * (82 - len(str(tmp_path)) - 1))
    assert ServerBridge(longest).address == f"unix:{longest}/grpc.sock"
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(f"{longest}/session-{'0' * 16}")
    assert internal(lambda: ServerBridge(tmp_path / f"{longest.name}d")) == "INT-001"


@pytest.mark.parametrize("mode", [0o701, 0o710, 0o755])
def test_nobody_else_may_enter_the_directory(tmp_path, mode) -> None:
    """Not even to look up names."""
    (tmp_path / "rpc").mkdir()
    (tmp_path / "rpc").chmod(mode)
    assert internal(lambda: ServerBridge(tmp_path / "rpc")) == "INT-001"


def test_the_directory_is_made_private_with_all_that_leads_to_it(tmp_path) -> None:
    """And is used again by the next server."""
    for _ in range(2):
        ServerBridge(tmp_path / "run" / "rpc")
    assert (tmp_path / "run" / "rpc").stat().st_mode & 0o777 == 0o700


def test_a_directory_of_somebody_else_is_refused(tmp_path, monkeypatch) -> None:
    """Its owner could change it at any time; a link leads anywhere; a file is none."""
    ServerBridge(tmp_path / "rpc")
    (tmp_path / "link").symlink_to(tmp_path / "rpc")
    assert internal(lambda: ServerBridge(tmp_path / "link")) == "INT-001"
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    assert internal(lambda: ServerBridge(tmp_path / "rpc")) == "INT-001"


def test_the_clients_directory_is_private_and_gone_afterwards(stage, tmp_path, monkeypatch) -> None:
    """Whatever happened to the session."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dialler, _ = stage.play(Purpose.REJOIN).sessions
    with channel(dialler):
        (directory,) = tmp_path.iterdir()
        assert directory.name.startswith("asterism-")
        assert directory.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []


def test_another_process_on_the_bridge_is_named(monkeypatch) -> None:
    """By its number, beside ours."""
    near, far = socket.socketpair()
    with near, far:
        grpc_bridge.require_own_process(near)
        ours = os.getpid()
        monkeypatch.setattr(os, "getpid", lambda: ours + 1)
        with pytest.raises(AttestationError) as caught:
            grpc_bridge.require_own_process(near)
    (found,) = caught.value.mismatches
    assert (found.error_id, found.source) == ("TLS-031", "SO_PEERCRED")
    assert (found.expected, found.got) == (str(ours + 1), str(ours))


class Context:
    """A call from `peer`; remembers how it was aborted."""

    def __init__(self, peer: str) -> None:
        self._peer = peer
        self.aborted: tuple[object, str] | None = None

    def peer(self) -> str:
        return self._peer

    def abort(self, code, details) -> None:
        self.aborted = (code, details)


@pytest.fixture
def known(monkeypatch):
    """One session at `/run/a b`, named as grpcio shows it."""
    monkeypatch.setattr(grpc_bridge, "_sessions", {"/run/a b": NOBODY, "/run/join": JOINING})
    return "unix:/run/a%20b"


def test_claims_are_found_by_the_path_of_the_session(known) -> None:
    """As grpcio writes paths."""
    assert claims_of(Context(known)) is NOBODY


@pytest.mark.parametrize("peer", ["unix:/run/b", "tcp:/run/a b", "/run/a b", "unix:", ""])
def test_every_other_caller_is_turned_away(known, peer) -> None:
    """And were the call to go on all the same, it gets no claims."""
    context = Context(peer)
    assert internal(lambda: claims_of(context)) == "INT-001"
    assert context.aborted is not None
    assert context.aborted[0] is grpc.StatusCode.UNAUTHENTICATED


KINDS = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_gate_guards_every_kind_of_call(known, kind) -> None:
    """The handler stays what it was, but answers only where the purpose allows it."""
    handler = KINDS[kind](lambda request, _: [request], len, bytes)
    call = SimpleNamespace(method="/asterism.admin.v1.Verify/Describe")
    guarded = SessionGate().intercept_service(lambda _: handler, call)
    assert guarded is not None
    assert (guarded.request_streaming, guarded.response_streaming) == kind
    assert guarded.request_deserializer is len
    assert guarded.response_serializer is bytes
    names = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")
    (behaviour,) = filter(None, (getattr(guarded, name) for name in names))
    assert behaviour("x", Context(known)) == ["x"]
    denied = Context("unix:/run/join")
    behaviour("x", denied)
    assert denied.aborted is not None
    assert denied.aborted[0] is grpc.StatusCode.PERMISSION_DENIED


def test_the_gate_adds_no_methods() -> None:
    """What nobody serves stays unserved."""
    call = SimpleNamespace(method="/x/Y")
    assert SessionGate().intercept_service(lambda _: None, call) is None


def test_only_the_sessions_that_are_picked_are_closed(stage, tmp_path) -> None:
    """The others go on."""
    bridge = ServerBridge(tmp_path / "rpc")
    one, _ = stage.play(Purpose.MESH).sessions
    other, _ = stage.play(Purpose.REJOIN).sessions
    bridge._sessions |= {one, other}
    bridge.close_sessions(lambda claims: claims.purpose is Purpose.MESH)
    assert one._stream._closed
    assert not other._stream._closed


def test_a_session_whose_server_is_away_leaves_nothing(stage, tmp_path) -> None:
    """No path, no claims, no session."""
    bridge = ServerBridge(tmp_path / "rpc")
    _, listener = stage.play(Purpose.REJOIN).sessions
    assert internal(lambda: bridge.serve(listener)) == "INT-001"
    assert list((tmp_path / "rpc").iterdir()) == []
    assert not bridge._sessions
    assert not grpc_bridge._sessions
    assert listener._stream._closed
