"""The relay's process, leading into a namespace with two listeners that stand for machines."""

import os
import resource
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from asterism.config import network as addresses
from asterism.config import paths
from asterism.errors import ProvisionError, UserError
from asterism.machine.identity import ProcessId
from asterism.machine.providers.sandbox import network
from asterism.machine.relay import control
from asterism.machine.relay.record import RelayRecord
from asterism.machine.spec import MachineSpec, Role
from asterism.machine.store import MachineDir
from asterism.net import links, netns
from asterism.net.netns import SocketMaker

pytestmark = pytest.mark.root

CLUSTER = f"relay-{os.getpid()}"
CONTROL_PLANE = IPv4Address("10.210.0.11")
WORKER = IPv4Address("10.210.0.12")


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A cluster with a control plane and a worker, each answering with its address."""
    monkeypatch.setattr(paths, "CLUSTERS", tmp_path)
    name = network.create(CLUSTER)
    record("m-cp-1", "control-plane", CONTROL_PLANE)
    record("m-worker-1", "worker", WORKER)
    makers = SocketMaker(netns.path_of(name))
    servers = [serve(makers, name, address) for address in (CONTROL_PLANE, WORKER)]
    yield CLUSTER
    control.stop(CLUSTER)
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
    makers.close()
    network.delete(CLUSTER)


def record(machine: str, role: Role, address: IPv4Address) -> None:
    """Write a machine's specification."""
    place = MachineDir.of(CLUSTER, machine)
    place.make()
    spec = MachineSpec(CLUSTER, machine, role, Path("/none"), address)
    place.spec_file.write_text(spec.to_json())


def serve(makers: SocketMaker, namespace: str, address: IPv4Address) -> socket.socket:
    """A listener on `address` that echoes its own address and all it gets until the end."""
    links.configure([f"addr add {address}/32 dev lo"], namespace=namespace)
    server = makers.tcp_socket()
    server.setblocking(True)
    server.bind((str(address), addresses.ATTEST_PORT))
    server.listen()
    threading.Thread(target=answer, args=(server, str(address)), daemon=True).start()
    return server


def answer(server: socket.socket, name: str) -> None:
    """Answer one connection after another."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.sendall(name.encode() + b"\n")
            while data := connection.recv(65536):
                connection.sendall(data)


def client_hello(server_name: str) -> bytes:
    """The first flight of a TLS client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=server_name)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def ask(port: int, said: bytes) -> bytes:
    """What comes back for `said`, after our half was closed."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        for begin in range(0, len(said), 100):  # a hello may come in pieces
            connection.sendall(said[begin : begin + 100])
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("server_name", "address"),
    [
        (addresses.attest_server_name("m-worker-1"), WORKER),
        (addresses.attest_server_name("m-cp-1"), CONTROL_PLANE),
        (addresses.ATTEST_SERVER_NAME, CONTROL_PLANE),
        (addresses.API_SERVER_NAME, CONTROL_PLANE),
    ],
)
def test_leads_by_server_name(cluster: str, server_name: str, address: IPv4Address) -> None:
    """Every byte of the hello and after it arrives at the right machine, and comes back."""
    said = client_hello(server_name) + os.urandom(300_000)
    assert ask(control.start(cluster), said) == f"{address}\n".encode() + said


def test_drops_what_is_no_hello(cluster: str) -> None:
    """Nothing of it reaches a machine."""
    assert ask(control.start(cluster), b"GET / HTTP/1.1\r\n\r\n") == b""


def test_drops_connections_for_unknown_machines(cluster: str) -> None:
    """They are not led elsewhere."""
    hello = client_hello(addresses.attest_server_name("m-cp-9"))
    assert ask(control.start(cluster), hello) == b""


def test_keeps_its_port_for_ever(cluster: str) -> None:
    """Starting again, after a stop or a kill as well, gives the same port."""
    port = control.start(cluster)
    process = recorded()
    assert control.start(cluster) == port
    assert recorded() == process
    process.send(signal.SIGKILL)
    assert process.wait(5)
    assert control.start(cluster) == port
    assert recorded() != process
    control.stop(cluster)
    control.stop(cluster)
    assert control.start(cluster) == port


def recorded() -> ProcessId:
    """The relay's process as the cluster's state names it."""
    record = RelayRecord.read(paths.cluster_dir(CLUSTER))
    assert record is not None
    assert record.process is not None
    return record.process


def test_a_relay_whose_starter_was_killed_is_found(
    cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It records itself: the next start neither takes it for a stranger nor starts a second."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(control, "read_line", die)
        with pytest.raises(KeyboardInterrupt):
            control.start(cluster)
    port = control.start(cluster)
    said = client_hello(addresses.API_SERVER_NAME)
    assert ask(port, said) == f"{CONTROL_PLANE}\n".encode() + said


def test_many_silent_connections_keep_nobody_out(cluster: str) -> None:
    """Neither descriptors nor the queue of the listening socket run out."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    port = control.start(cluster)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    began = time.monotonic()
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(1500)]
    said = client_hello(addresses.API_SERVER_NAME)
    try:
        assert ask(port, said) == f"{CONTROL_PLANE}\n".encode() + said
        assert time.monotonic() - began < 5
    finally:
        for connection in silent:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_taken_port_is_not_changed_silently(cluster: str) -> None:
    """The kubeconfig names the port, so another program on it is an error."""
    port = control.start(cluster)
    control.stop(cluster)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(UserError) as refused:
        control.start(cluster)
    assert refused.value.error_id == "MCH-013"


def test_needs_the_network(cluster: str) -> None:
    """The process's own refusal reaches whoever starts it."""
    folder = paths.cluster_dir("without-network")
    folder.mkdir()
    with pytest.raises(ProvisionError) as refused:
        control.start("without-network")
    assert refused.value.error_id == "MCH-003"
    assert cluster
