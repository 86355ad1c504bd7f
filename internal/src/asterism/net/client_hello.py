"""Reads the server name out of the first bytes of a TLS connection, to route it. Pure.

TLS record and handshake headers: RFC 8446 sections 5.1 and 4; ClientHello: 4.1.2; server_name:
RFC 6066 section 3. The name is what a stranger wrote: it chooses a way, and proves nothing.
"""

from dataclasses import dataclass

from asterism.errors import RemoteProtocolError

MAXIMUM_SIZE = 1 << 14
"""Most bytes that a hello may take, headers included; ours take about 1,600."""

_RECORD_HEADER = 5
_HANDSHAKE_HEADER = 4
_RECORD_HANDSHAKE = 22
_CLIENT_HELLO = 1
_RANDOM_SIZE = 32
_EXTENSION_SERVER_NAME = 0
_NAME_TYPE_HOST = 0
_NAME_LIMIT = 255


class MoreBytesNeeded(RemoteProtocolError):  # noqa: N818 - says what to do, not what failed
    """The bytes so far are the beginning of a client hello: read on and ask again.

    For whoever does not ask again it is a hello that is cut short.
    """

    def __init__(self) -> None:
        super().__init__("TLS-040", "no TLS client hello: it is not whole")


def server_name(data: bytes) -> str | None:
    """The server name in the client hello that `data` begins with; None when it has none.

    MoreBytesNeeded until the hello is whole, RemoteProtocolError TLS-040 as soon as the bytes
    cannot be one, or are one of more than `MAXIMUM_SIZE` bytes.
    """
    hello = _Cursor(_handshake_body(data))
    hello.take(2 + _RANDOM_SIZE)  # legacy_version, random
    hello.vector(1)  # legacy_session_id
    hello.vector(2)  # cipher_suites
    hello.vector(1)  # legacy_compression_methods
    if hello.at_end:
        return None
    extensions = _Cursor(hello.vector(2))
    hello.require_end()
    return _find_name(extensions)


def _handshake_body(data: bytes) -> bytes:
    """The body of the client hello, put together from as many records as it takes."""
    body, position = b"", 0
    while True:
        header = data[position : position + _RECORD_HEADER]
        if header[:1] not in {b"", bytes([_RECORD_HANDSHAKE])} or header[1:2] not in {b"", b"\3"}:
            raise _malformed("not a TLS handshake record")
        if len(header) < _RECORD_HEADER:
            raise MoreBytesNeeded()  # noqa: RSE102 - it has arguments of its own
        size = int.from_bytes(header[3:], "big")
        if size == 0 or position + _RECORD_HEADER + size > MAXIMUM_SIZE:
            raise _malformed("a record of this size")
        position += _RECORD_HEADER
        body += data[position : position + size]
        whole = _whole_hello(body)
        if whole is not None:
            return whole
        if len(data) < position + size:
            raise MoreBytesNeeded()  # noqa: RSE102 - it has arguments of its own
        position += size


def _whole_hello(body: bytes) -> bytes | None:
    """The hello's content if `body` holds all of it, None if more is to come."""
    if body and body[0] != _CLIENT_HELLO:
        raise _malformed("not a client hello")
    if len(body) < _HANDSHAKE_HEADER:
        return None
    size = int.from_bytes(body[1:_HANDSHAKE_HEADER], "big")
    if size > MAXIMUM_SIZE:
        raise _malformed("too long")
    content = body[_HANDSHAKE_HEADER : _HANDSHAKE_HEADER + size]
    return content if len(content) == size else None


def _find_name(extensions: "_Cursor") -> str | None:
    found = None
    while not extensions.at_end:
        kind = extensions.number(2)
        content = extensions.vector(2)
        if kind != _EXTENSION_SERVER_NAME:
            continue
        if found is not None:
            raise _malformed("two server names")
        found = _host_name(_Cursor(content))
    return found


def _host_name(extension: "_Cursor") -> str:
    """The one name in a server_name extension: printable ASCII, in lower case."""
    names = _Cursor(extension.vector(2))
    extension.require_end()
    if names.number(1) != _NAME_TYPE_HOST:
        raise _malformed("a server name of unknown type")
    raw = names.vector(2)
    names.require_end()
    if not 0 < len(raw) <= _NAME_LIMIT or any(not 0x21 <= byte <= 0x7E for byte in raw):
        raise _malformed("a server name that is none")
    return raw.decode("ascii").lower()


@dataclass(slots=True)
class _Cursor:
    """Walks over bytes; a read past their end is a malformed hello."""

    data: bytes
    position: int = 0

    @property
    def at_end(self) -> bool:
        return self.position == len(self.data)

    def take(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self.data):
            raise _malformed("a length that leads past the end")
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, length_size: int) -> bytes:
        """Content after its length of `length_size` bytes (RFC 8446, section 3.4)."""
        return self.take(self.number(length_size))

    def require_end(self) -> None:
        if not self.at_end:
            raise _malformed("bytes after the end")


def _malformed(what: str) -> RemoteProtocolError:
    return RemoteProtocolError("TLS-040", f"no TLS client hello: {what}")
