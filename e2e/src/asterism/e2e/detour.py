"""Detours that a host can lay on an owner's way to his cluster: it owns every wire in between."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from asterism.config.network import ATTEST_PORT
from asterism.e2e.cluster import Cluster
from asterism.e2e.machine import Machine
from asterism.machine.providers.sandbox import network as wires
from asterism.net import netns
from asterism.net.netns import SocketMaker

Handler = Callable[[socket.socket], None]
ADDRESS = "127.0.0.1"
BLOCK = 1 << 16
TIMEOUT = 10.0


@contextmanager
def listening(handler: Handler) -> Iterator[int]:
    """A port on 127.0.0.1 whose connections `handler` gets, each on a thread."""
    with socket.create_server((ADDRESS, 0)) as server:
        accepting = threading.Thread(target=_accept, args=(server, handler), daemon=True)
        accepting.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        accepting.join(TIMEOUT)


@contextmanager
def led_to(cluster: Cluster, port: int) -> Iterator[None]:
    """Have the owner's commands for `cluster` dial `port`; the host's records say where to dial."""
    records = [cluster.folder / name for name in ("cluster.json", "relay.json")]
    before = {record: record.read_text() for record in records}
    for record, key in zip(records, ("relay_port", "port"), strict=True):
        record.write_text(json.dumps(json.loads(before[record]) | {key: port}))
    try:
        yield
    finally:
        for record, text in before.items():
            record.write_text(text)


def relay_port(cluster: Cluster) -> int:
    """Where the genuine relay of `cluster` listens."""
    port: int = json.loads((cluster.folder / "relay.json").read_text())["port"]
    return port


def straight_to(cluster: Cluster) -> Handler:
    """A handler that carries bytes to the attest port of the first machine of `cluster`."""
    machine = cluster.control_planes[0]

    def handle(caller: socket.socket) -> None:
        with caller, on_the_wires(cluster, machine) as onward:
            back = threading.Thread(target=_carry, args=(onward, caller))
            back.start()
            _carry(caller, onward)
            back.join()

    return handle


def on_the_wires(cluster: Cluster, machine: Machine) -> socket.socket:
    """A connection to the attest port of `machine` from the bridge that the host owns."""
    maker = SocketMaker(netns.path_of(wires.namespace_of(cluster.name)))
    onward = maker.tcp_socket()
    maker.close()
    onward.settimeout(TIMEOUT)
    onward.connect((str(machine.spec.address), ATTEST_PORT))
    return onward


def _accept(server: socket.socket, handler: Handler) -> None:
    with suppress(OSError):
        while True:
            caller, _ = server.accept()
            threading.Thread(target=handler, args=(caller,), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(BLOCK):
            target.sendall(block)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
