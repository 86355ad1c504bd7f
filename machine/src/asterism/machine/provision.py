"""Starts all machines of a cluster through Ansible, in a child process.

Ansible forks and gRPC has threads; in one process they hang each other. The child also keeps
Ansible's hundred megabytes and its terminal habits away from the command line.
"""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from asterism import clock
from asterism.config import paths
from asterism.errors import Error, ProvisionError
from asterism.machine.files import lock_file
from asterism.machine.spec import MachineSpec
from asterism.machine.wire import decode_message

LOCAL = {"ansible_connection": "local"}
WORKER = "asterism.machine.provision_worker"
LOCK = ".provision.lock"
"""In the cluster's directory; held by a worker as long as it may make machines."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One machine to start. `host` are Ansible's variables of the computer that carries it."""

    spec: MachineSpec
    initdata: bytes
    host: Mapping[str, str] = field(default_factory=lambda: dict(LOCAL))


@dataclass(frozen=True, slots=True)
class MachineStarted:
    """A machine said READY. `milliseconds` is the whole verb, `ready_ms` the machine's own time."""

    machine: str
    ready_ms: int
    milliseconds: int
    already: bool


@dataclass(frozen=True, slots=True)
class Provisioned:
    """All machines run. Times in seconds; Ansible's share is what no machine was busy in."""

    started: tuple[MachineStarted, ...]
    seconds: float
    ansible_seconds: float


def provision(
    launches: Sequence[Launch], on_started: Callable[[MachineStarted], None] | None = None
) -> Provisioned:
    """Make and start machines in parallel; `on_started` is called as each becomes ready.

    Machines that were started before a failure stay. Raises the first machine's own error with its
    ID, or ProvisionError MCH-015 when there is none to tell.
    """
    began = clock.monotonic()
    collected = _Collected(on_started or (lambda _: None))
    with _worker(launches[0].spec.cluster) as worker:
        output = _converse(worker, json.dumps([_inventory_entry(item) for item in launches]))
        for line in output:
            collected.take(line)
        code = worker.wait()
    return collected.result({item.spec.machine for item in launches}, code, began)


def settle(cluster: str) -> None:
    """Wait until no worker of an interrupted `provision` makes machines of `cluster` any more.

    It ends by itself as soon as it notices that its starter has gone.
    """
    folder = paths.cluster_dir(cluster)
    if folder.is_dir():
        with lock_file(folder / LOCK):
            pass


class _Collected:
    """What the worker's lines told so far."""

    def __init__(self, on_started: Callable[[MachineStarted], None]) -> None:
        self._on_started = on_started
        self._started: list[MachineStarted] = []
        self._error: Error | None = None
        self._said: list[str] = []
        self._busy: list[tuple[float, float]] = []

    def take(self, line: bytes) -> None:
        """One line; the first error is kept, for the other machines still start."""
        try:
            plain = decode_message(line, "MCH-015")
            self._told(plain)
        except (KeyError, TypeError, ValueError) as exc:
            broken = ProvisionError("MCH-015", f"an answer of unknown form: {exc!r}")
            self._error = self._error or broken
        except Error as exc:
            self._error = self._error or exc

    def _told(self, plain: dict[str, Any]) -> None:
        if "said" in plain:
            self._said.append(str(plain["said"]))
            return
        times, answer = plain["times"], plain["answer"]
        self._busy.append((float(times["began"]), float(times["ended"])))
        milliseconds = int(answer["ready_ms"]), int(answer["milliseconds"])
        started = MachineStarted(str(plain["machine"]), *milliseconds, bool(answer["already"]))
        self._started.append(started)
        self._on_started(started)

    def result(self, wanted: set[str], code: int, began: float) -> Provisioned:
        if self._error is not None:
            raise self._error
        missing = sorted(wanted - {item.machine for item in self._started})
        if missing or code != 0:
            detail = f"not started: {', '.join(missing)}" if missing else f"exit code {code}"
            raise ProvisionError("MCH-015", detail, output="\n".join(self._said))
        seconds = clock.monotonic() - began
        busy = max(end for _, end in self._busy) - min(begin for begin, _ in self._busy)
        return Provisioned(tuple(self._started), seconds, seconds - busy)


@contextmanager
def _worker(cluster: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker that ends when this process does, or the body."""
    lock = paths.cluster_dir(cluster) / LOCK
    watched, held = os.pipe2(os.O_CLOEXEC)
    worker = subprocess.Popen(
        [sys.executable, "-m", WORKER, str(watched), str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(watched,),
        env=os.environ | {"GRPC_ENABLE_FORK_SUPPORT": "0"},
    )
    os.close(watched)
    with worker:
        try:
            yield worker
        finally:
            os.close(held)


def _converse(worker: "subprocess.Popen[bytes]", text: str) -> Iterable[bytes]:
    stdin: IO[bytes] | None = worker.stdin
    stdout: IO[bytes] | None = worker.stdout
    if stdin is None or stdout is None:
        raise ProvisionError("MCH-015", "the worker has no pipes")
    stdin.write(text.encode())
    stdin.close()
    return stdout


def _inventory_entry(launch: Launch) -> dict[str, Any]:
    local = {"asterism_python": sys.executable} if launch.host == LOCAL else {}
    request = {"spec": launch.spec.to_plain(), "initdata": launch.initdata.decode()}
    encoded = base64.b64encode(json.dumps(request).encode()).decode()
    variables = {**local, **launch.host, "asterism_request": encoded}
    return {"machine": launch.spec.machine, "variables": variables}
