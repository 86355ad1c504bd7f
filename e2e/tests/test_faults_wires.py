"""Bad wires do what they say, and leave the good ones as they were."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from asterism import clock
from asterism.e2e.faults.wires import Quality, bad_wire, cut
from asterism.e2e.waiting import eventually
from asterism.machine.providers.sandbox import network as underlay
from asterism.machine.store import MachineDir
from asterism.net import links, netns
from asterism.net.netns import SocketMaker

pytestmark = pytest.mark.root

ADDRESS = "10.210.0.77"
PORT = 7777
SIZE = 1 << 20


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[MachineDir]:
    """A cluster's wires with one namespace plugged in, in a machine's place."""
    place = MachineDir(tmp_path / f"wire-{os.getpid()}" / "machines" / "m-1")
    outside, inside = underlay.create(place.cluster), f"wire-{os.getpid()}"
    netns.create(inside)
    try:
        links.configure(
            [
                f"link add {place.link} type veth peer name eth0 netns {inside}",
                f"link set {place.link} master {underlay.BRIDGE} up",
            ],
            namespace=outside,
        )
        links.configure(
            [f"addr add {ADDRESS}/24 dev eth0", "link set eth0 up", "link set lo up"],
            namespace=inside,
        )
        yield place
    finally:
        netns.delete(inside)
        underlay.delete(place.cluster)


def ping(machine: MachineDir, count: int = 3, patience: float = 0.3) -> tuple[float, float]:
    """Share of datagrams that do not come back, and the quickest round trip in milliseconds."""
    far = datagrams(netns.path_of(f"wire-{os.getpid()}"))
    near = datagrams(netns.path_of(underlay.namespace_of(machine.cluster)))
    times = []
    with far, near:
        far.bind((ADDRESS, PORT))
        near.settimeout(patience)
        ended = threading.Event()
        answering = threading.Thread(target=echo, args=(far, ended))
        answering.start()
        for number in range(count):
            began = clock.monotonic()
            near.sendto(bytes([number]), (ADDRESS, PORT))
            with suppress(TimeoutError):
                while near.recv(1) != bytes([number]):
                    pass
                times.append((clock.monotonic() - began) * 1000)
        ended.set()
        answering.join()
    return 1 - len(times) / count, min(times, default=0.0)


def datagrams(namespace: Path) -> socket.socket:
    """A UDP socket in a network namespace."""
    with netns.entered(namespace):
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def echo(server: socket.socket, ended: threading.Event) -> None:
    """Send back what comes."""
    server.settimeout(0.05)
    while not ended.is_set():
        with suppress(TimeoutError):
            server.sendto(*server.recvfrom(16))


def test_a_slow_wire_is_slow_both_ways_and_only_as_long(machine: MachineDir) -> None:
    """20 ms each way are 40 ms for a round trip."""
    with bad_wire(machine, Quality(delay=0.02)):
        lost, slow = ping(machine)
    assert lost == 0
    assert slow >= 40
    assert ping(machine)[1] < 20


def test_a_losing_wire_loses(machine: MachineDir) -> None:
    """Half of the frames each way: most pings do not come back."""
    with bad_wire(machine, Quality(delay=0, loss=0.5, seed=1)):
        lost, _ = ping(machine, count=40)
    assert 0.4 < lost < 1
    assert ping(machine)[0] == 0


def test_what_a_bad_wire_carries_arrives_unchanged(machine: MachineDir) -> None:
    """Segments and checksums that were left to the hardware survive the detour."""
    sent = os.urandom(SIZE)
    got = bytearray()
    with (
        bad_wire(machine, Quality(delay=0.001, loss=0.01, seed=2)),
        SocketMaker(netns.path_of(f"wire-{os.getpid()}")).tcp_socket() as server,
        SocketMaker(netns.path_of(underlay.namespace_of(machine.cluster))).tcp_socket() as client,
    ):
        server.settimeout(20)
        server.bind((ADDRESS, PORT))
        server.listen()
        reader = threading.Thread(target=receive, args=(server, got))
        reader.start()
        client.settimeout(20)
        client.connect((ADDRESS, PORT))
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        reader.join(20)
    assert bytes(got) == sent


def test_a_cut_wire_carries_nothing(machine: MachineDir) -> None:
    """And is whole again afterwards."""
    with cut(machine):
        assert ping(machine) == (1.0, 0.0)
    eventually(lambda: expect_whole(machine), within=10)


def expect_whole(machine: MachineDir) -> None:
    """Every datagram comes back."""
    assert ping(machine)[0] == 0


def receive(server: socket.socket, into: bytearray) -> None:
    """All that one connection brings."""
    connection, _ = server.accept()
    with connection:
        while block := connection.recv(1 << 16):
            into.extend(block)
