"""Interfaces, addresses and routes through iproute2: one `ip -batch` for a whole change."""

from collections.abc import Iterable

from asterism.errors import ProvisionError
from asterism.proc import run


def configure(commands: Iterable[str], *, namespace: str | None = None) -> None:
    """Apply `ip` command lines (without the leading `ip`) in order, stopping at the first failure.

    `namespace` is a named network namespace; without it the calling thread's own is changed.
    Raises ProvisionError INT-002 with what `ip` said.
    """
    batch = "".join(f"{command}\n" for command in commands)
    run(["ip", *_scope(namespace), "-batch", "-"], stdin=batch.encode(), timeout=20)


def exists(name: str, *, namespace: str | None = None) -> bool:
    """Whether there is an interface `name`."""
    asked = ["ip", *_scope(namespace), "link", "show", "dev", name]
    return run(asked, timeout=20, check=False).returncode == 0


def delete(name: str, *, namespace: str | None = None) -> None:
    """Remove the interface `name` (of a veth pair: both ends) if it is there.

    The kernel may be quicker: it removes a cable some time after the namespace of its other end.
    Raises ProvisionError INT-002 when it is there and cannot be removed.
    """
    if not exists(name, namespace=namespace):
        return
    try:
        configure([f"link delete dev {name}"], namespace=namespace)
    except ProvisionError:
        if exists(name, namespace=namespace):
            raise


def _scope(namespace: str | None) -> list[str]:
    return [] if namespace is None else ["-n", namespace]
