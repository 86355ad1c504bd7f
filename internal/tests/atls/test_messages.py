"""Framing: what is not exactly one valid message is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.atls.messages import LIMITS, FrameReader, Kind, Message, encode
from asterism.errors import LocalProtocolError, RemoteProtocolError
from asterism.proto.evidence.v1.evidence_pb2 import Evidence, TpmEvidence
from asterism.proto.session.v1.session_pb2 import Anonymous, Hello, OwnerProof, Proof, Verdict

MESSAGES: list[Message] = [
    Hello(version=1, purpose="join", nonce=bytes(range(32))),
    Proof(anonymous=Anonymous()),
    Proof(owner=OwnerProof(public_key=b"k" * 32, signature=b"s" * 64)),
    Proof(evidence=Evidence(tpm=TpmEvidence(pcrs=[bytes([n]) * 32 for n in range(24)]))),
    Verdict(),
    Verdict(error_id="TLS-021"),
]


def frame(kind: int, body: bytes) -> bytes:
    """A frame of any content."""
    return (len(body) + 1).to_bytes(4, "big") + bytes([kind]) + body


def read_all(data: bytes) -> list[Message]:
    """Every message in `data`."""
    reader = FrameReader()
    reader.feed(data)
    found: list[Message] = []
    while (message := reader.next_message()) is not None:
        found.append(message)
    return found


def test_messages_come_out_as_they_went_in() -> None:
    """Also when many come at once."""
    assert read_all(b"".join(encode(message) for message in MESSAGES)) == MESSAGES


@given(st.lists(st.integers(1, 40), min_size=1, max_size=200))
def test_messages_come_out_however_the_bytes_are_cut(sizes: list[int]) -> None:
    """TCP keeps no boundaries."""
    data = b"".join(encode(message) for message in MESSAGES)
    reader, found = FrameReader(), []
    position = 0
    for size in [*sizes, len(data)]:
        reader.feed(data[position : position + size])
        position += size
        while (message := reader.next_message()) is not None:
            found.append(message)
    assert found == MESSAGES


def test_bytes_after_the_last_message_are_kept() -> None:
    """They are the application's."""
    reader = FrameReader()
    reader.feed(encode(Verdict()) + b"data")
    assert reader.next_message() == Verdict()
    assert reader.rest == b"data"


@pytest.mark.parametrize("kind", list(Kind))
def test_too_large_a_message_is_refused_by_its_header(kind: Kind) -> None:
    """Before any of it is collected."""
    header = (LIMITS[kind] + 2).to_bytes(4, "big") + bytes([kind])
    with pytest.raises(RemoteProtocolError, match="TLS-010"):
        read_all(header)


def test_our_own_too_large_message_is_not_sent() -> None:
    """The error is on our side then."""
    with pytest.raises(LocalProtocolError, match="TLS-010"):
        encode(Proof(evidence=Evidence(initdata=bytes(1 << 20))))


@pytest.mark.parametrize(
    "data",
    [
        frame(0, b""),
        frame(4, b""),
        b"\0\0\0\0\1",
        frame(Kind.HELLO, b"\xff"),
        frame(Kind.HELLO, b"\x08\x01\x08\x01"),  # the version twice
        frame(Kind.HELLO, b"\x08\x81\x00"),  # a number longer than needed
        frame(Kind.HELLO, b"\x12\x01a\x08\x01"),  # fields out of order
        frame(Kind.HELLO, b"\x08\x00"),  # a default that is spelt out
        frame(Kind.HELLO, b"\x7a\x01a"),  # an unknown field
        frame(Kind.PROOF, b"\x1a\x00\x12\x00"),  # two kinds of proof
        frame(Kind.PROOF, b"\x0a\x03\x7a\x01a"),  # an unknown field inside
        frame(Kind.VERDICT, b"\x0a\x01\xff"),  # not UTF-8
    ],
)
def test_what_is_not_the_one_encoding_is_refused(data: bytes) -> None:
    """Two parsers must not be able to read a message in two ways."""
    with pytest.raises(RemoteProtocolError, match="TLS-011"):
        read_all(data)


@given(st.binary(max_size=300))
def test_random_bytes_are_messages_or_our_error(data: bytes) -> None:
    """Nothing else is ever raised."""
    refused = ""
    try:
        read_all(data)
    except RemoteProtocolError as exc:
        refused = exc.error_id
    assert refused in {"", "TLS-010", "TLS-011"}
