"""Other processes at the client's end of the bridge, and gRPC's own habits there."""
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import logging
import os
import socket
import tempfile
import threading

import grpc
import pytest

from asterism.atls import grpc_bridge
from asterism.atls.claims import SessionClaims
from asterism.atls.grpc_bridge import channel, claims_of
from asterism.atls.purpose import Purpose, Role
from asterism.attestation.claims import AnonymousClaims

CONNECT = "import socket, sys; s = socket.socket(1); s.connect(sys.argv[1]); print(s.recv(1))"


@pytest.fixture
def directory(tmp_path, monkeypatch):
    """Where the client's end lies in this test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def connect(rpc: grpc.Channel) -> None:
    """Have gRPC connect; the call that asks for it ends with the channel."""
    rpc.unary_unary("/any/Method").future(b"")


def test_another_process_that_is_quicker_gets_nothing(stage, directory, caplog) -> None:
    """It is hung up on, the session ends, and the log says why."""
    dialler, listener = stage.play(Purpose.REJOIN).sessions
    with caplog.at_level(logging.WARNING), channel(dialler):
        (path,) = directory.glob("*/grpc.sock")
        other = os.posix_spawnp("python3", ["python3", "-c", CONNECT, str(path)], os.environ)
        assert listener.recv(timeout=10) == b""
        assert os.waitpid(other, 0)[1] == 0
    assert any("TLS-031" in record.getMessage() for record in caplog.records)
    assert dialler._stream._closed


def test_there_is_one_connection_and_no_other(stage, directory) -> None:
    """Once gRPC has connected, nobody can."""
    dialler, listener = stage.play(Purpose.REJOIN).sessions
    with channel(dialler) as rpc:
        connect(rpc)
        listener.recv(timeout=10)
        (path,) = directory.glob("*/grpc.sock")
        with socket.socket(socket.AF_UNIX) as late, pytest.raises(OSError, match="refused"):
            late.connect(str(path))


def test_a_channel_leaves_no_thread(stage) -> None:
    """Neither with a connection nor without."""
    before = set(threading.enumerate())
    dialler, listener = stage.play(Purpose.REJOIN).sessions
    with channel(dialler) as rpc:
        connect(rpc)
        listener.recv(timeout=10)
        assert {made.name for made in set(threading.enumerate()) - before} >= {"session-grpc"}
    assert not [made for made in set(threading.enumerate()) - before if "session" in made.name]


def test_grpc_keeps_its_one_transport(stage, monkeypatch) -> None:
    """No pool shared with other sessions, no end for idleness, no proxy of the environment."""
    given: dict[str, object] = {}
    real = grpc.insecure_channel

    def insecure_channel(address, options):
        given.update(options, address=address)
        return real(address, options=options)

    monkeypatch.setattr(grpc, "insecure_channel", insecure_channel)
    dialler, _ = stage.play(Purpose.REJOIN).sessions
    with channel(dialler):
        pass
    assert str(given.pop("address")).endswith("/grpc.sock")
    assert given == {
        "grpc.use_local_subchannel_pool": 1,
        "grpc.client_idle_timeout_ms": 2147483647,
        "grpc.enable_http_proxy": 0,
    }


class Context:
    """A call from a path with a colon in it."""

    def peer(self) -> str:
        return "unix:/run/a:b/session"


def test_a_path_may_hold_a_colon(monkeypatch) -> None:
    """Only the first one separates."""
    claims = SessionClaims(Purpose.VERIFY, Role.DIALLER, AnonymousClaims())
    monkeypatch.setattr(grpc_bridge, "_sessions", {"/run/a:b/session": claims})
    assert claims_of(Context()) is claims
