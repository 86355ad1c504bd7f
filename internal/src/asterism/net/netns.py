"""Named network namespaces, as `ip netns` keeps them in /run/netns, and how to work inside one."""

import ctypes
import errno
import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from asterism.errors import ProvisionError
from asterism.proc import run

NAMED = Path("/run/netns")
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def path_of(name: str) -> Path:
    """The file that stands for the namespace `name`."""
    return NAMED / name


def exists(name: str) -> bool:
    """Whether the namespace `name` is there: its file carries a namespace, not a plain file."""
    path = path_of(name)
    return path.exists() and path.stat().st_dev != NAMED.stat().st_dev


def create(name: str) -> None:
    """Make the namespace `name` unless it is there. Raises ProvisionError INT-002.

    A name that an interrupted `ip netns add` left behind as a plain file is taken over.
    """
    if exists(name):
        return
    path_of(name).unlink(missing_ok=True)
    run(["ip", "netns", "add", name])


def delete(name: str) -> None:
    """Remove the namespace `name` if it is there. Raises ProvisionError INT-002.

    Interfaces inside go when the last process inside has ended.
    """
    if exists(name):
        run(["ip", "netns", "delete", name])
    else:
        path_of(name).unlink(missing_ok=True)


def set_namespace(descriptor: int, kind: int = CLONE_NEWNET) -> None:
    """Move the calling thread into the namespace behind `descriptor` (setns(2)).

    Raises OSError, for example EPERM without CAP_SYS_ADMIN.
    """
    if _libc.setns(descriptor, kind) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


@contextmanager
def entered(path: Path) -> Iterator[None]:
    """Run the body in the network namespace behind `path`; this thread only, and its children.

    Raises ProvisionError MCH-003 when there is no such namespace.
    """
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        other = _open(path)
        try:
            set_namespace(other)
        finally:
            os.close(other)
        try:
            yield
        finally:
            set_namespace(own)
    finally:
        os.close(own)


class SocketMaker:
    """Makes sockets that live in another network namespace than the process.

    A socket keeps the namespace in which it was made, so one thread goes there for good and makes
    them; all else happens wherever the caller is.
    """

    def __init__(self, path: Path) -> None:
        """Raises ProvisionError MCH-003 when there is no such namespace."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="netns")
        descriptor = _open(path)
        try:
            self._thread.submit(set_namespace, descriptor).result()
        finally:
            os.close(descriptor)

    def tcp_socket(self) -> socket.socket:
        """A new non-blocking IPv4 stream socket inside the namespace."""
        made = self._thread.submit(socket.socket, socket.AF_INET, socket.SOCK_STREAM).result()
        made.setblocking(False)
        return made

    def close(self) -> None:
        """End the thread. Sockets already made live on."""
        self._thread.shutdown()


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as exc:
        if exc.errno != errno.ENOENT:
            raise
        raise ProvisionError("MCH-003", f"there is no network namespace {path}") from exc
