"""Routing by the TLS server name."""

import socket
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.errors import RemoteProtocolError
from asterism.net.client_hello import MAXIMUM_SIZE, MoreBytesNeeded, server_name


def hello_of(name: str | None) -> bytes:
    """A real client hello of Python's ssl."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


HELLO = hello_of("Node-1.attest.asterism.internal")


def test_the_name_is_found_in_lower_case() -> None:
    """Names are compared as DNS does."""
    assert server_name(HELLO) == "node-1.attest.asterism.internal"
    assert server_name(hello_of("kubernetes")) == "kubernetes"


def test_a_hello_without_a_name_has_none() -> None:
    """That is a plain answer, not an error."""
    assert server_name(hello_of(None)) is None


def test_bytes_after_the_hello_do_not_matter() -> None:
    """Whatever the peer sent next is not looked at."""
    assert server_name(HELLO + b"\xff" * 9) == "node-1.attest.asterism.internal"


def test_every_beginning_asks_for_more() -> None:
    """No beginning of a good hello is refused, none gives an answer."""
    for size in range(len(HELLO)):
        with pytest.raises(MoreBytesNeeded):
            server_name(HELLO[:size])


def test_a_hello_in_many_records_is_put_together() -> None:
    """The handshake layer may cut a hello anywhere (RFC 8446, section 5.1)."""
    body = HELLO[5:]
    pieces = [body[start : start + 50] for start in range(0, len(body), 50)]
    data = b"".join(b"\x16\x03\x01" + len(p).to_bytes(2, "big") + p for p in pieces)

    assert server_name(data) == "node-1.attest.asterism.internal"
    with pytest.raises(MoreBytesNeeded):
        server_name(data[:-1])


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x17\x03\x03\x00\x05hello",
        b"\x16\x02\x00\x00\x05\x01",
        b"\x16\x03\x01\x00\x00",
        b"\x16\x03\x01\xff\xff",
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
        b"\x16\x03\x01\x00\x04\x01\xff\xff\xff",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
        HELLO.replace(b"\x01\x00", b"\x02\x00", 1),
    ],
)
def test_what_is_no_hello_is_refused_at_once(data: bytes) -> None:
    """Another protocol, another record, impossible sizes."""
    with pytest.raises(RemoteProtocolError) as caught:
        server_name(data)
    assert not isinstance(caught.value, MoreBytesNeeded)
    assert caught.value.error_id == "TLS-040"


def with_extensions(extensions: bytes) -> bytes:
    """The smallest hello with these extensions."""
    content = (
        b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00"
        + len(extensions).to_bytes(2, "big") + extensions
    )  # fmt: skip
    body = b"\x01" + len(content).to_bytes(3, "big") + content
    return b"\x16\x03\x01" + len(body).to_bytes(2, "big") + body


def name_extension(name: bytes, kind: int = 0) -> bytes:
    """A server_name extension."""
    entry = bytes([kind]) + len(name).to_bytes(2, "big") + name
    content = len(entry).to_bytes(2, "big") + entry
    return b"\x00\x00" + len(content).to_bytes(2, "big") + content


def test_the_builder_of_this_test_is_right() -> None:
    """A good name passes through it."""
    assert server_name(with_extensions(name_extension(b"kubernetes"))) == "kubernetes"


@pytest.mark.parametrize(
    "extensions",
    [
        name_extension(b"a") + name_extension(b"b"),
        name_extension(b""),
        name_extension(b"a b"),
        name_extension(b"a\0"),
        name_extension(b"\xc3\xa4"),
        name_extension(b"a" * 256),
        name_extension(b"a", kind=1),
        name_extension(b"a") + b"\x00",
        b"\x00\x00\x00\x02\x00\x09",
        b"\x00\x00\x00\x06\x00\x04\x00\x00\x05a",
    ],
)
def test_a_malformed_name_is_refused(extensions: bytes) -> None:
    """Two names, empty, other characters, wrong lengths: nothing is guessed."""
    with pytest.raises(RemoteProtocolError, match="TLS-040"):
        server_name(with_extensions(extensions))


def answer_or_refusal(data: bytes) -> str:
    """A name, or the ID of our refusal; anything else is raised."""
    try:
        return server_name(data) or ""
    except RemoteProtocolError as exc:
        return exc.error_id


@given(st.binary(max_size=200))
def test_random_bytes_give_an_answer_or_our_error(data: bytes) -> None:
    """Never another exception, whatever comes."""
    answer_or_refusal(data)


@given(st.integers(0, len(HELLO) - 1), st.integers(0, 255), st.integers(0, len(HELLO)))
def test_a_changed_hello_gives_an_answer_or_our_error(place: int, value: int, size: int) -> None:
    """One byte changed anywhere, cut anywhere."""
    changed = bytearray(HELLO)
    changed[place] = value
    answer_or_refusal(bytes(changed[:size]))


def test_no_hello_is_collected_beyond_the_limit() -> None:
    """A peer cannot make us wait for more than we would hold."""
    record = b"\x16\x03\x01\x40\x00" + b"\x01\x00\x3f\xff"
    with pytest.raises(RemoteProtocolError) as caught:
        server_name(record)
    assert not isinstance(caught.value, MoreBytesNeeded)
    assert MAXIMUM_SIZE == 1 << 14


def test_a_peeked_hello_stays_in_the_socket() -> None:
    """Peeking needs no replay."""
    near, far = socket.socketpair()
    with near, far:
        near.sendall(HELLO)
        assert server_name(far.recv(MAXIMUM_SIZE, socket.MSG_PEEK)) is not None
        assert far.recv(MAXIMUM_SIZE) == HELLO
