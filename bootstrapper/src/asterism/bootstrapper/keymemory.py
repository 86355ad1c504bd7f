"""Secrets that outlive an agent's restart but not the machine's: memory files in systemd's store.

Key memory never touches a disk. A memfd is handed to systemd when it is made, and a new agent
finds it by name.
"""

import os

from asterism.bootstrapper import systemd
from asterism.keys.secret import Secret

NODE_KEY = "node-key"
NODE_CERTIFICATE = "node-certificate"


class KeyMemory:
    """Named secrets. With systemd's store behind it where the agent is a unit."""

    def __init__(self) -> None:
        self._kept: dict[str, Secret] = {}
        for name, descriptor in systemd.stored():
            self._kept[name] = Secret(_read(descriptor))

    def get(self, name: str) -> Secret | None:
        """The secret `name`, of this run or an earlier one."""
        return self._kept.get(name)

    def keep_identity(self, key: bytes, certificate: bytes) -> None:
        """Keep this node's name towards its peers: key and certificate, PEM."""
        self.keep(NODE_KEY, Secret(key))
        self.keep(NODE_CERTIFICATE, Secret(certificate))

    def keep(self, name: str, secret: Secret) -> None:
        """Keep the secret, in place of an earlier one of that name."""
        if self._kept.get(name) == secret:
            return
        if name in self._kept:
            systemd.forget(name)
        descriptor = _memory_file(name, secret)
        systemd.store(name, descriptor)
        os.close(descriptor)
        self._kept[name] = secret


def _memory_file(name: str, secret: Secret) -> int:
    descriptor = os.memfd_create(f"asterism-{name}", os.MFD_CLOEXEC)
    os.write(descriptor, secret.reveal())
    return descriptor


def _read(descriptor: int) -> bytes:
    """The whole content; systemd keeps its own copy of the descriptor."""
    try:
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    finally:
        os.close(descriptor)
