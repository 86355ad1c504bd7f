"""Starting and stopping a cluster's relay from outside. Its port is chosen once and then kept."""

import errno
import os
import socket
from pathlib import Path

from asterism import clock
from asterism.config import paths
from asterism.errors import ProvisionError, UserError
from asterism.machine.files import lock_file
from asterism.machine.launcher import read_line, spawn, tail
from asterism.machine.relay.record import RelayRecord
from asterism.machine.spec import check_cluster_name
from asterism.machine.wire import decode_message

ADDRESS = "127.0.0.1"
START_SECONDS = 15.0
STOP_SECONDS = 3.0
RELEASE_TIMEOUT = 2.0
BACKLOG = 1024
"""Connections that wait to be accepted: above it a client's next try is a second later."""


def start(cluster: str) -> int:
    """The port of the cluster's relay, which runs when this returns.

    Raises UserError MCH-013 when another program has its port, ProvisionError MCH-003 without a
    network and MCH-014 when it does not start.
    """
    folder = _folder(cluster)
    with lock_file(folder / ".relay.lock") as lock:
        known = RelayRecord.read(folder)
        if known and known.process and known.process.alive():
            return known.port
        with _listener(known.port if known else 0) as listener:
            port = int(listener.getsockname()[1])
            RelayRecord(port).write(folder)
            _launch(folder, listener, lock)
        return port


def stop(cluster: str) -> None:
    """End the relay if it runs; its port stays reserved in the cluster's state."""
    check_cluster_name(cluster)
    folder = paths.cluster_dir(cluster)
    if not folder.is_dir():
        return
    with lock_file(folder / ".relay.lock"):
        known = RelayRecord.read(folder)
        if known and known.process:
            known.process.end(STOP_SECONDS)
            RelayRecord(known.port).write(folder)


def _folder(cluster: str) -> Path:
    check_cluster_name(cluster)
    folder = paths.cluster_dir(cluster)
    if not folder.is_dir():
        raise ProvisionError("MCH-003", f"cluster {cluster} has no network on this host")
    return folder


def _listener(port: int) -> socket.socket:
    """A socket that listens on `port`. The threads of a relay just killed may hold it a moment."""
    deadline = clock.monotonic() + RELEASE_TIMEOUT
    while True:
        try:
            return _bound(port)
        except UserError:
            if clock.monotonic() > deadline:
                raise
            clock.sleep(0.02)


def _bound(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESS, port))
        listener.listen(BACKLOG)
    except OSError as exc:
        listener.close()
        if exc.errno != errno.EADDRINUSE:
            raise
        raise UserError("MCH-013", f"{ADDRESS}:{port} is taken by another program") from exc
    return listener


def _launch(folder: Path, listener: socket.socket, lock: int) -> None:
    """Start the process; it holds the lock too until it has recorded itself."""
    report, child_end = os.pipe2(os.O_CLOEXEC)
    try:
        fds = (listener.fileno(), child_end, lock)
        module = ["asterism.machine.relay.server", str(folder), *map(str, fds)]
        spawn(module, folder / "relay.log", keep=fds)
    finally:
        os.close(child_end)
    try:
        said = read_line(report, START_SECONDS)
    finally:
        os.close(report)
    if not said:
        log = tail(folder / "relay.log")
        raise ProvisionError("MCH-014", "the relay did not start", log=log)
    decode_message(said, "MCH-014")
