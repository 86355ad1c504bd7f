"""What this computer records of a cluster, so that any command can go on with a half-made one.

`/var/lib/asterism/clusters/NAME/cluster.json`, written before each phase begins. Holds no secret
and nothing that is believed about the cluster's identity: that is pinned in the owner's own
configuration (`pin`).
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from enum import IntEnum
from pathlib import Path
from typing import IO, Any

from asterism.cluster import interrupts
from asterism.config import paths
from asterism.errors import Error, ProvisionError, UserError

VERSION = 1
LOCKS = Path("/run/asterism")
FILE_NAME = "cluster.json"


class Phase(IntEnum):
    """How far a cluster has come. A phase is recorded once everything up to it is done."""

    PLANNED = 0
    MACHINES = 1
    INITIALISED = 2
    READY = 3


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine as planned."""

    name: str
    role: str
    address: str
    """Underlay, IPv4."""


@dataclass(frozen=True, slots=True)
class ClusterState:
    """The record of one cluster."""

    name: str
    created: str
    """ISO 8601, UTC."""
    image: str
    nonce: str
    """32 bytes in hex: the nonce of this `create`, in every grant."""
    settings: dict[str, Any]
    """The configuration it was begun with."""
    machines: tuple[Machine, ...]
    phase: Phase = Phase.PLANNED
    relay_port: int = 0
    """On 127.0.0.1; 0 until the relay first ran."""
    kubeconfig: str = ""
    """The file that its entries were merged into."""

    @property
    def directory(self) -> Path:
        """Where everything of this cluster on this computer lies."""
        return paths.cluster_dir(self.name)

    @property
    def server(self) -> str:
        """What kubectl dials."""
        return f"https://127.0.0.1:{self.relay_port}"


def names() -> list[str]:
    """Names of all clusters that have a directory, half-made ones included."""
    if not paths.CLUSTERS.is_dir():
        return []
    return sorted(entry.name for entry in paths.CLUSTERS.iterdir() if entry.is_dir())


def load(name: str) -> ClusterState:
    """The record of `name`; UserError CLU-001 (none), ProvisionError CLU-014 (unreadable)."""
    path = paths.cluster_dir(name) / FILE_NAME
    try:
        return _decode(path.read_text())
    except FileNotFoundError:
        raise UserError("CLU-001", f"`{name}`") from None
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as exc:
        raise ProvisionError("CLU-014", f"{path}: {exc}") from exc


def save(state: ClusterState) -> None:
    """Record `state` durably: whole, or as it was before."""
    path = state.directory / FILE_NAME
    fresh = path.with_suffix(".new")
    text = json.dumps({"version": VERSION, **asdict(state)}, indent=2)
    with interrupts.deferred():
        state.directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        try:
            with fresh.open("w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError:  # a full disk
            fresh.unlink(missing_ok=True)
            raise


@contextmanager
def lock(name: str, command: str = "a command") -> Iterator[None]:
    """Hold the cluster `name` for one changing command; UserError CLU-002 if another one does.

    Whoever is refused hears which command holds it. The lock's file goes when there is no such
    cluster afterwards.
    """
    LOCKS.mkdir(mode=0o755, parents=True, exist_ok=True)
    path = LOCKS / f"{name}.lock"
    with _locked(path, name) as file:
        _write_holder(file, command)
        try:
            yield
        finally:
            if not paths.cluster_dir(name).exists():
                path.unlink(missing_ok=True)


def is_begun(name: str) -> bool:
    """Whether anything of the cluster `name` is on this computer, if only a lock's file.

    A `create` that was killed before it recorded anything leaves just that.
    """
    return name in names() or (LOCKS / f"{name}.lock").exists()


def _locked(path: Path, name: str) -> IO[str]:
    """The open file, locked, which is still the one that `path` leads to."""
    while True:
        file = path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
        except BlockingIOError:
            with file:
                raise UserError("CLU-002", f"`{name}`: {_holder(file)}") from None
        file.close()  # its holder removed it between our opening and our locking


def _write_holder(file: IO[str], command: str) -> None:
    file.truncate(0)
    file.write(f"`{command}`, process {os.getpid()}")
    file.flush()


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return f"held by {file.read() or 'a command that has just begun'}"


def machines() -> list[str]:
    """Names of all machines of all clusters whose record can be read."""
    found = []
    for name in names():
        with suppress(Error):
            found += [machine.name for machine in load(name).machines]
    return found


def of_machine(machine: str) -> ClusterState:
    """The record of the cluster that has `machine`; UserError CLU-017 if none has."""
    for name in names():
        if machine.startswith(f"{name}-"):
            record = load(name)
            if any(item.name == machine for item in record.machines):
                return record
    raise UserError("CLU-017", f"`{machine}`")


def _decode(text: str) -> ClusterState:
    values = json.loads(text)
    if values.pop("version") != VERSION:
        msg = "written by another version"
        raise ValueError(msg)
    if values.keys() != {field.name for field in fields(ClusterState)}:
        msg = "unknown form"
        raise ValueError(msg)
    values["machines"] = tuple(Machine(**machine) for machine in values["machines"])
    values["phase"] = Phase(values["phase"])
    return ClusterState(**values)
