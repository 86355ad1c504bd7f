"""Capture files and what frames are taken for."""

import io
from ipaddress import IPv4Address, IPv6Address

import pytest

from asterism.e2e.capture import pcap
from asterism.e2e.capture.frames import EtherType, Protocol, dissect

MACS = bytes(12)
TCP = bytes.fromhex("04d224e3 00000000 00000000 50180000 00000000".replace(" ", ""))
IPV4 = bytes.fromhex("4500002d 00000000 40060000 0ad2000b 0ad2000c".replace(" ", ""))


def test_what_was_written_is_read_back() -> None:
    """Times keep their nanoseconds; a packet that was cut off is left out."""
    packets = [pcap.Packet(1_700_000_000_123_456_789, b"first"), pcap.Packet(2, b"second")]
    file = pcap.file_header() + b"".join(map(pcap.record, packets))
    assert list(pcap.read(io.BytesIO(file))) == packets
    assert list(pcap.read(io.BytesIO(file[:-1]))) == packets[:1]


def test_another_file_is_no_capture() -> None:
    """A file of other bytes is an error, not an empty capture."""
    with pytest.raises(ValueError, match="not a capture"):
        list(pcap.read(io.BytesIO(b"x" * 64)))


def test_a_tcp_segment_shows_its_ports_and_payload() -> None:
    """Padding of short frames does not count as payload."""
    frame = dissect(MACS + b"\x08\x00" + IPV4 + TCP + b"hello" + bytes(9))
    assert (frame.source, frame.target) == (IPv4Address("10.210.0.11"), IPv4Address("10.210.0.12"))
    assert (frame.protocol, frame.source_port, frame.target_port) == (Protocol.TCP, 1234, 9443)
    assert frame.payload == b"hello"
    assert frame.has_port(9443)


def test_neighbour_discovery_is_known() -> None:
    """A neighbour solicitation, and a listener report behind hop-by-hop options."""
    addresses = IPv6Address("fe80::1").packed + IPv6Address("ff02::16").packed
    solicitation = b"\x60" + bytes(5) + b"\x3a\xff" + addresses + b"\x87" + bytes(23)
    report = b"\x60" + bytes(5) + b"\x00\x01" + addresses + b"\x3a" + bytes(7) + b"\x8f" + bytes(7)
    for packet in (solicitation, report):
        frame = dissect(MACS + b"\x86\xdd" + packet)
        assert frame.ether_type == EtherType.IPV6
        assert frame.is_neighbour_discovery


@pytest.mark.parametrize("length", range(74))
def test_no_frame_is_too_short(length: int) -> None:
    """Whatever is there is looked at, and nothing fails."""
    whole = MACS + b"\x08\x00" + IPV4 + TCP + b"hello" + bytes(15)
    assert dissect(whole[:length]).payload in whole
