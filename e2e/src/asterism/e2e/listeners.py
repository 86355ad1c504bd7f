"""Everything that listens in a node's network, and how each answers to callers without standing.

`python -m asterism.e2e.listeners CERTIFICATE ADDRESS:PORT...`, in that network, prints as a JSON
object of objects what each listener does with a caller who shows nothing, one who shows the
self-signed certificate in that file, and one who does not even speak TLS.
"""

import json
import re
import socket
import ssl
import sys
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from asterism import proc
from asterism.atls.certificate import OneTimeIdentity
from asterism.e2e.machine import Machine

REQUEST = b"GET /pods HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n"
"""What a kubelet tells to those it trusts; all others have no such path."""
TIMEOUT = 5.0
_LISTENING = re.compile(
    r'^LISTEN\s+\S+\s+\S+\s+(\S+):(\d+)\s+\S+\s+users:\(\("([^"]+)"', re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Listening:
    """A TCP socket of a node: where it can be called, and the program behind it."""

    address: IPv4Address
    port: int
    program: str

    @property
    def target(self) -> str:
        """`ADDRESS:PORT`."""
        return f"{self.address}:{self.port}"

    @property
    def on_loopback(self) -> bool:
        """Whether only the node itself can call it."""
        return self.address.is_loopback


def of(machine: Machine, mesh: IPv4Address) -> list[Listening]:
    """All listening sockets of `machine`; those on every address are called on `mesh`."""
    shown = proc.run([*_enter(machine), "ss", "-tlnpH"]).text
    return [
        Listening(mesh if address in {"*", "0.0.0.0"} else IPv4Address(address), int(port), program)  # noqa: S104
        for address, port, program in _LISTENING.findall(shown)
    ]


def answers(machine: Machine, found: list[Listening], folder: Path) -> dict[str, dict[str, str]]:
    """By target: what `nobody`, `self-signed` and `clear` get. A key is left in `folder`."""
    identity, file = OneTimeIdentity.generate(), folder / "self-signed.pem"
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(key + identity.certificate.public_bytes(Encoding.PEM))
    targets = [listening.target for listening in found]
    program = [sys.executable, "-m", "asterism.e2e.listeners", str(file)]
    done = proc.run([*_enter(machine), *program, *targets], timeout=60)
    told: dict[str, dict[str, str]] = json.loads(done.text)
    return told


def _enter(machine: Machine) -> list[str]:
    return ["nsenter", f"--net=/proc/{machine.init.pid}/ns/net", "--"]


def main() -> None:
    """Call every target of the command line."""
    certificate, *targets = sys.argv[1:]
    json.dump({target: _answers(target, certificate) for target in targets}, sys.stdout)


def _answers(target: str, certificate: str) -> dict[str, str]:
    host, _, port = target.rpartition(":")
    address = (host, int(port))
    return {
        "nobody": _call(address, _context()),
        "self-signed": _call(address, _context(certificate)),
        "clear": _call(address, None),
    }


def _context(certificate: str | None = None) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if certificate:
        made.load_cert_chain(certificate)
    return made


def _call(address: tuple[str, int], context: ssl.SSLContext | None) -> str:
    """`alert` or `no TLS` from the handshake, `HTTP NNN` from behind it, otherwise `cut`."""
    try:
        with socket.create_connection(address, TIMEOUT) as connection:
            wrapped = context.wrap_socket(connection) if context else connection
            wrapped.sendall(REQUEST)
            status = wrapped.recv(12).decode("ascii", "replace")
    except ssl.SSLEOFError:
        return "cut"
    except ssl.SSLError as exc:
        return "alert" if "ALERT" in str(exc) else "no TLS"
    except OSError:
        return "cut"
    return f"HTTP {status[9:]}" if status.startswith("HTTP/1.") else "cut"


if __name__ == "__main__":
    main()
