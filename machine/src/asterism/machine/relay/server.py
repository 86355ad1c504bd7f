"""The relay's process: `python -m asterism.machine.relay.server CLUSTER_DIR LISTENER REPORT LOCK`.

Open descriptors: LISTENER is the listening socket, REPORT a pipe for one line of JSON, LOCK the
relay's lock, closed as soon as `relay.json` names this process.
"""

import asyncio
import json
import logging
import os
import resource
import signal
import socket
import sys
from contextlib import closing, suppress
from pathlib import Path

from asterism.config import network as addresses
from asterism.errors import Error, UserError
from asterism.log import setup
from asterism.machine.identity import ProcessId
from asterism.machine.providers.sandbox import network
from asterism.machine.relay.control import BACKLOG
from asterism.machine.relay.hello import read_server_name
from asterism.machine.relay.record import RelayRecord
from asterism.machine.relay.routing import Target, targets_for
from asterism.machine.store import machines_in
from asterism.machine.wire import encode_error
from asterism.net import netns
from asterism.net.netns import SocketMaker

log = logging.getLogger("asterism.machine.relay")

HELLO_SECONDS = 10.0
DIAL_SECONDS = 2.0
QUIET_SECONDS = 60
CHUNK = 1 << 16


class Relay:
    """Leads each accepted connection to a machine's attest port."""

    def __init__(self, cluster_dir: Path, sockets: SocketMaker) -> None:
        self._cluster_dir = cluster_dir
        self._sockets = sockets

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to its end."""
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                name, read_so_far = await read_server_name(reader)
            there = await self._dial(targets_for(name, self._machines()))
            if there is None:
                log.info("nobody answers for %s", name)
                return
            far_reader, far_writer = there
            with closing(far_writer):
                far_writer.write(read_so_far)
                await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))
        except (Error, OSError, TimeoutError) as exc:
            log.info("connection dropped: %r", exc)
        finally:
            writer.close()

    async def _dial(
        self, targets: list[Target]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        loop = asyncio.get_running_loop()
        for target in targets:
            dialled = self._sockets.tcp_socket()
            _notice_death(dialled)
            try:
                async with asyncio.timeout(DIAL_SECONDS):
                    where = (str(target.address), addresses.ATTEST_PORT)
                    await loop.sock_connect(dialled, where)
                return await asyncio.open_connection(sock=dialled)
            except (OSError, TimeoutError):
                dialled.close()
        return None

    def _machines(self) -> list[Target]:
        # Read anew each time: machines come and go while the relay stays.
        found = []
        for machine in machines_in(self._cluster_dir):
            with suppress(UserError):
                spec = machine.spec()
                found.append(Target(spec.machine, spec.role, spec.address))
        return found


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One direction; its end closes only that half, a broken connection both."""
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()


def _notice_death(connection: socket.socket) -> None:
    """A machine that is cut off sends no end: ask after a minute of silence (tcp(7))."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, QUIET_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, QUIET_SECONDS // 4)


async def _run(cluster_dir: Path, listener: socket.socket, report: int, lock: int) -> None:
    place = netns.path_of(network.namespace_of(cluster_dir.name))
    relay = Relay(cluster_dir, SocketMaker(place))
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    # It sets the length of the queue anew.
    await asyncio.start_server(relay.serve, sock=listener, backlog=BACKLOG)
    RelayRecord(int(listener.getsockname()[1]), ProcessId.own()).write(cluster_dir)
    os.close(lock)
    _say(report, {})
    log.info("listening on %s", listener.getsockname())
    await ended.wait()


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM; the process's exit code."""
    setup.configure()
    listener = socket.socket(fileno=int(arguments[1]))
    report, lock = map(int, arguments[2:4])
    _allow_many_connections()
    try:
        asyncio.run(_run(Path(arguments[0]), listener, report, lock))
    except Error as exc:
        log.error("%s", exc)  # noqa: TRY400 - a foreseen failure needs no trace
        _say(report, {"error": encode_error(exc)})
        return 1
    return 0


def _allow_many_connections() -> None:
    """Two descriptors each; the usual soft limit of 1024 is for programs that use select(2)."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _say(report: int, plain: dict[str, object]) -> None:
    with suppress(BrokenPipeError):
        os.write(report, json.dumps(plain).encode() + b"\n")
    os.close(report)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
