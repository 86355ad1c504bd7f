"""What the agent says to systemd: it is ready, these descriptors outlive it, start this unit."""

import os
import socket
from collections.abc import Iterator, Sequence

from asterism import proc

LISTEN_FDS_START = 3
"""The first descriptor that systemd passes (sd_listen_fds(3))."""


def notify(state: str, descriptors: Sequence[int] = ()) -> None:
    """Send `state` (sd_notify(3)) with descriptors; nothing happens outside systemd."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notifying:
        notifying.connect(address)
        socket.send_fds(notifying, [state.encode()], list(descriptors))


def store(name: str, descriptor: int) -> None:
    """Put a descriptor into systemd's store, from which a restarted agent gets it back."""
    notify(f"FDSTORE=1\nFDNAME={name}\nFDPOLL=0", [descriptor])


def forget(name: str) -> None:
    """Take what is stored under `name` out of the store."""
    notify(f"FDSTOREREMOVE=1\nFDNAME={name}")


def stored() -> Iterator[tuple[str, int]]:
    """Names and descriptors that systemd kept for us from an earlier run."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    for offset in range(int(os.environ.get("LISTEN_FDS", "0"))):
        yield names[offset] if offset < len(names) else "", LISTEN_FDS_START + offset


def stop(unit: str) -> None:
    """Stop the unit and wait until it has ended."""
    proc.run(["systemctl", "stop", unit])


def power_off() -> None:
    """End this machine at once, whatever runs."""
    proc.run(["systemctl", "poweroff", "--force"])


def restart(unit: str) -> None:
    """Ask for the unit to be started anew."""
    proc.run(["systemctl", "restart", "--no-block", unit])
