"""Bytes between two sockets."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from asterism.net.splice import splice


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket, threading.Thread]]:
    """The two outer ends of a splice that runs in a thread."""
    left, near = socket.socketpair()
    far, right = socket.socketpair()
    thread = threading.Thread(target=splice, args=(near, far), kwargs={"first": b"<"})
    thread.start()
    for end in (left, right):
        end.settimeout(5)
    yield left, right, thread
    for end in (left, right):
        end.close()
    thread.join(5)
    for end in (near, far):
        end.close()


def read_all(sock: socket.socket) -> bytes:
    """Everything until the end."""
    data = b""
    while piece := sock.recv(65536):
        data += piece
    return data


def test_half_a_connection_may_end_before_the_other(line) -> None:  # type: ignore[no-untyped-def]
    """A request that ends still gets its answer; bytes read before go first."""
    left, right, thread = line
    left.sendall(b"question")
    left.shutdown(socket.SHUT_WR)
    assert read_all(right) == b"<question"

    right.sendall(b"answer")
    right.close()
    assert read_all(left) == b"answer"
    thread.join(5)
    assert not thread.is_alive()


def test_megabytes_pass_both_ways_at_once(line) -> None:  # type: ignore[no-untyped-def]
    """Neither direction waits for the other."""
    left, right, _ = line
    blob = bytes(range(256)) * 20_000
    results: list[Future[bytes]] = []
    for end in (left, right):
        future: Future[bytes] = Future()
        results.append(future)
        threading.Thread(target=lambda e=end, f=future: f.set_result(read_all(e))).start()

    def send(sock: socket.socket) -> None:
        sock.sendall(blob)
        sock.shutdown(socket.SHUT_WR)

    for end in (left, right):
        threading.Thread(target=send, args=(end,)).start()
    assert results[0].result(10) == blob
    assert results[1].result(10) == b"<" + blob


def test_a_broken_side_ends_both(line) -> None:  # type: ignore[no-untyped-def]
    """When nobody reads any more, the writer learns it."""
    left, right, thread = line
    right.close()
    with pytest.raises(OSError, match=r"."):
        left.sendall(bytes(1 << 24))
    thread.join(5)
    assert not thread.is_alive()
