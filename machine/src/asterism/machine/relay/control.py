"""Starting and stopping a cluster's relay from outside. Its port is chosen once and then kept."""

import errno
import json
import os
import socket
from pathlib import Path
from typing import Any

from asterism.config import paths
from asterism.errors import ProvisionError, UserError
from asterism.machine.identity import ProcessId
from asterism.machine.launcher import read_line, spawn, tail
from asterism.machine.spec import check_cluster_name
from asterism.machine.store import lock_file, write_json
from asterism.machine.wire import decode_error

ADDRESS = "127.0.0.1"
START_SECONDS = 15.0
STOP_SECONDS = 3.0
BACKLOG = 128


def start(cluster: str) -> int:
    """The port of the cluster's relay, which runs when this returns.

    Raises UserError MCH-013 when another program has its port, ProvisionError MCH-003 without a
    network and MCH-014 when it does not start.
    """
    folder = _folder(cluster)
    with lock_file(folder / ".relay.lock"):
        port, process = _recorded(folder)
        if port is not None and process is not None and process.alive():
            return port
        with _listener(port) as listener:
            port = int(listener.getsockname()[1])
            _record(folder, port, None)
            _record(folder, port, _launch(folder, listener))
        return port


def stop(cluster: str) -> None:
    """End the relay if it runs; its port stays reserved in the cluster's state."""
    check_cluster_name(cluster)
    folder = paths.cluster_dir(cluster)
    if not folder.is_dir():
        return
    with lock_file(folder / ".relay.lock"):
        port, process = _recorded(folder)
        if port is None:
            return
        if process is not None:
            process.end(STOP_SECONDS)
        _record(folder, port, None)


def _folder(cluster: str) -> Path:
    check_cluster_name(cluster)
    folder = paths.cluster_dir(cluster)
    if not folder.is_dir():
        raise ProvisionError("MCH-003", f"cluster {cluster} has no network on this host")
    return folder


def _listener(port: int | None) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESS, port or 0))
        listener.listen(BACKLOG)
    except OSError as exc:
        listener.close()
        if exc.errno != errno.EADDRINUSE:
            raise
        raise UserError("MCH-013", f"{ADDRESS}:{port} is taken by another program") from exc
    return listener


def _launch(folder: Path, listener: socket.socket) -> ProcessId:
    report, child_end = os.pipe2(os.O_CLOEXEC)
    try:
        fds = (listener.fileno(), child_end)
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
    plain: dict[str, Any] = json.loads(said)
    if "error" in plain:
        raise decode_error(plain["error"])
    return ProcessId(**plain["process"])


def _recorded(folder: Path) -> tuple[int | None, ProcessId | None]:
    try:
        plain = json.loads((folder / "relay.json").read_text())
        process = plain["process"]
        return int(plain["port"]), None if process is None else ProcessId(**process)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None, None


def _record(folder: Path, port: int, process: ProcessId | None) -> None:
    plain = None if process is None else process.to_plain()
    write_json(folder / "relay.json", {"port": port, "process": plain})
