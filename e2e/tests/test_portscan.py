"""The port scanner, on loopback."""

import socket

from asterism.e2e import portscan


def test_only_listening_ports_answer() -> None:
    """A bound but deaf port and a free one do not count."""
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        ports = [listening.getsockname()[1], deaf.getsockname()[1]]
        assert portscan.open_ports("127.0.0.1", ports) == ports[:1]


def test_more_ports_than_one_batch_are_all_tried() -> None:
    """The last batch counts like the first."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        tried = range(max(1, port - 2 * portscan.BATCH), port + 1)
        assert port in portscan.open_ports("127.0.0.1", tried)
