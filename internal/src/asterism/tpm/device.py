"""A TPM behind a unix stream socket, as swtpm serves it: one command in, one response out.

Every command uses a connection of its own: swtpm serves one connection at a time, so a connection
that is kept would lock out every other user of the TPM.
"""

import socket
import threading
from pathlib import Path

from asterism.errors import Error
from asterism.tpm.wire import TpmFormatError

HEADER_SIZE = 10
MAXIMUM_RESPONSE = 4096
"""The largest TPM_PT_MAX_RESPONSE_SIZE in use."""


class TpmUnreachableError(Error):
    """The TPM's socket cannot be used (MCH-101)."""


class TpmDevice:
    """Sends commands to the TPM at `path`, one at a time, whatever thread asks."""

    def __init__(self, path: Path, *, timeout: float = 20.0) -> None:
        self.path = path
        self._timeout = timeout
        self._lock = threading.Lock()

    def transmit(self, command: bytes) -> bytes:
        """Send a whole command, give the whole response.

        Raises TpmUnreachableError MCH-101 when the socket cannot be used or closes too early, and
        TpmFormatError MCH-103 when the response says a size that no response can have.
        """
        with self._lock:
            try:
                return self._exchange(command)
            except OSError as exc:
                detail = f"the TPM at {self.path} cannot be reached: {exc.strerror or exc}"
                raise TpmUnreachableError("MCH-101", detail) from exc

    def _exchange(self, command: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(self._timeout)
            connection.connect(str(self.path))
            connection.sendall(command)
            header = _receive(connection, HEADER_SIZE)
            size = int.from_bytes(header[2:6], "big")
            if not HEADER_SIZE <= size <= MAXIMUM_RESPONSE:
                raise TpmFormatError(f"a TPM response of {size} bytes")
            return header + _receive(connection, size - HEADER_SIZE)


def _receive(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        chunk = connection.recv(count - len(received))
        if not chunk:
            msg = "it closed the connection in the middle of a response"
            raise ConnectionError(msg)
        received += chunk
    return received
