"""What a captured frame is: Ethernet, IPv4 or IPv6, and the ports and payload of TCP and UDP.

Formats: IEEE 802.3 clause 3, RFC 791, RFC 8200, RFC 9293, RFC 768. Frames that end before their
headers do keep what was read until there.
"""

import struct
from dataclasses import dataclass, replace
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address

Address = IPv4Address | IPv6Address


class EtherType(IntEnum):
    """The types that pass on an underlay (IEEE 802 numbers)."""

    IPV4 = 0x0800
    ARP = 0x0806
    IPV6 = 0x86DD


class Protocol(IntEnum):
    """Protocol numbers of IP (IANA)."""

    ICMP = 1
    TCP = 6
    UDP = 17
    ICMPV6 = 58


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, as far as it could be understood. Ports are 0 where there are none."""

    ether_type: int
    protocol: int = 0
    source: Address | None = None
    target: Address | None = None
    source_port: int = 0
    target_port: int = 0
    payload: bytes = b""
    """What TCP or UDP carries; of other protocols all that follows the IP header."""

    @property
    def is_neighbour_discovery(self) -> bool:
        """ICMPv6 types 133 to 137 (RFC 4861), and the listener reports that go with them."""
        kind = self.payload[0] if self.payload else 0
        listener_reports = {131, 132, 143}
        return self.protocol == Protocol.ICMPV6 and (133 <= kind <= 137 or kind in listener_reports)

    def has_port(self, port: int) -> bool:
        """Whether it goes to or comes from this port."""
        return port in (self.source_port, self.target_port)


def dissect(frame: bytes) -> Frame:
    """Read the frame's headers; nothing that a stranger sends makes it fail."""
    if len(frame) < 14:
        return Frame(0, payload=frame)
    kind, body = struct.unpack_from("!H", frame, 12)[0], frame[14:]
    if kind == EtherType.IPV4 and len(body) >= 20:
        return _ipv4(body)
    if kind == EtherType.IPV6 and len(body) >= 40:
        return _ipv6(body)
    return Frame(kind, payload=body)


def _ipv4(packet: bytes) -> Frame:
    header, total = (packet[0] & 0xF) * 4, struct.unpack_from("!H", packet, 2)[0]
    # Segments that the kernel has yet to cut up carry no total length (tcp(7), offload).
    body = packet[header : total or None]
    addresses = IPv4Address(packet[12:16]), IPv4Address(packet[16:20])
    return _transport(Frame(EtherType.IPV4, packet[9], *addresses, payload=body))


def _ipv6(packet: bytes) -> Frame:
    addresses = IPv6Address(packet[8:24]), IPv6Address(packet[24:40])
    following, body = packet[6], packet[40:]
    if following == 0 and len(body) >= 8:  # hop-by-hop options: listener reports have them
        following, body = body[0], body[8 + body[1] * 8 :]
    return _transport(Frame(EtherType.IPV6, following, *addresses, payload=body))


def _transport(frame: Frame) -> Frame:
    body = frame.payload
    if frame.protocol == Protocol.TCP and len(body) >= 20:
        header = (body[12] >> 4) * 4
    elif frame.protocol == Protocol.UDP and len(body) >= 8:
        header = 8
    else:
        return frame
    source, target = struct.unpack_from("!HH", body)
    return replace(frame, source_port=source, target_port=target, payload=body[header:])
