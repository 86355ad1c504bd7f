"""A machine's directory on the host: what was asked for, what became of it. Disk first.

Whatever is made for a machine can be found again from its cluster's and its own name, so a
directory that an interrupted command left half-made is enough to remove everything.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, cast, get_args

from asterism.config import paths
from asterism.errors import UserError
from asterism.machine.files import lock_file, write_whole
from asterism.machine.identity import ProcessId
from asterism.machine.spec import MachineSpec, check_cluster_name, check_machine_name

Phase = Literal["created", "starting", "running", "stopped", "failed"]

DISK_PARTS = ("containerd", "kubelet", "etcd", "asterism", "log")
"""Directories of the state disk."""
SHARED_PARTS = ("containerd", "kubelet", "log")
"""Those that processes of pods, which are not root, pass through."""


@dataclass(frozen=True, slots=True)
class MachineState:
    """What became of a machine, as its process last wrote it."""

    phase: Phase
    process: ProcessId | None = None
    init: ProcessId | None = None
    cgroups: tuple[str, ...] = ()
    ready_ms: int | None = None
    """Milliseconds from the start of the machine's process to systemd's READY."""
    error: str | None = None

    def to_json(self) -> str:
        """The form of `state.json`."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> "MachineState":
        """Raises ValueError, KeyError or TypeError for text of another form."""
        plain: dict[str, Any] = json.loads(text)
        if plain["phase"] not in get_args(Phase):
            raise ValueError(plain["phase"])
        return cls(
            phase=cast("Phase", plain["phase"]),
            process=_process(plain["process"]),
            init=_process(plain["init"]),
            cgroups=tuple(plain["cgroups"]),
            ready_ms=plain["ready_ms"],
            error=plain["error"],
        )


@dataclass(frozen=True, slots=True)
class MachineDir:
    """Paths of one machine and the reading and writing of its two documents."""

    path: Path
    """…/CLUSTER/machines/MACHINE; everything of the machine lies in here."""

    def __post_init__(self) -> None:
        """The two names are taken from the path. Raises UserError MCH-001 if they cannot be."""
        check_cluster_name(self.cluster)
        check_machine_name(self.machine)

    @classmethod
    def of(cls, cluster: str, machine: str) -> "MachineDir":
        """The directory of a machine on this host, there or not. Raises UserError MCH-001."""
        check_cluster_name(cluster)
        check_machine_name(machine)
        return cls(paths.machine_dir(cluster, machine))

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self.path.parent.parent.name

    @property
    def machine(self) -> str:
        """The machine's name."""
        return self.path.name

    @property
    def spec_file(self) -> Path:
        """What was asked for."""
        return self.path / "machine.json"

    @property
    def state_file(self) -> Path:
        """What became of it."""
        return self.path / "state.json"

    @property
    def initdata_file(self) -> Path:
        """The host's document for this machine, byte for byte."""
        return self.path / "initdata.json"

    @property
    def console_log(self) -> Path:
        """What the node wrote to its console."""
        return self.path / "console.log"

    @property
    def machine_log(self) -> Path:
        """What the machine's process on the host says."""
        return self.path / "machine.log"

    @property
    def tpm(self) -> Path:
        """State of the emulated TPM; never shown to the node."""
        return self.path / "tpm"

    @property
    def chip(self) -> Path:
        """What makes the emulated secure processor this one; never shown to the node."""
        return self.path / "chip"

    @property
    def host(self) -> Path:
        """Shared with the node as /run/host."""
        return self.path / "host"

    @property
    def disk(self) -> Path:
        """The state disk."""
        return self.path / "disk"

    @property
    def root(self) -> Path:
        """Where the node's root is put together, in the node's own mount namespace."""
        return self.path / "root"

    @property
    def label(self) -> str:
        """`CLUSTER.MACHINE`, unique on the host; names cannot hold a full stop."""
        return f"{self.cluster}.{self.machine}"

    @property
    def link(self) -> str:
        """The cluster's end of the machine's cable; interface names hold 15 bytes."""
        return f"ast-{sha256(self.label.encode()).hexdigest()[:10]}"

    def make(self) -> None:
        """Make the directories, private to root, keeping what is there."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in (
            self.tpm,
            self.chip,
            self.host,
            self.root,
            *(self.disk / name for name in DISK_PARTS),
        ):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in (*(self.disk / name for name in SHARED_PARTS), self.root):
            part.chmod(0o755)

    def remove(self) -> None:
        """Remove everything. Call it only when nothing of the machine runs any more."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self.path.exists():
            shutil.rmtree(self.path)

    def spec(self) -> MachineSpec:
        """Raises UserError MCH-002 when there is no such machine, MCH-001 when it is damaged."""
        try:
            return MachineSpec.from_json(self.spec_file.read_bytes())
        except FileNotFoundError as exc:
            raise UserError("MCH-002", f"cluster {self.cluster} has no {self.machine}") from exc

    def state(self) -> MachineState | None:
        """The last state written, None when there is none that can be read."""
        try:
            return MachineState.from_json(self.state_file.read_text())
        except (FileNotFoundError, ValueError, LookupError, TypeError, RecursionError):
            return None

    def write_state(self, state: MachineState) -> None:
        """Replace the state at once, never by halves."""
        write_whole(self.state_file, state.to_json().encode())

    def update_state(self, **changes: Any) -> None:
        """Change single fields of the state."""
        self.write_state(replace(self.state() or MachineState("created"), **changes))

    @contextmanager
    def locked(self) -> Iterator[int]:
        """One command at a time changes a machine; others wait. The lock, as of `lock_file`."""
        with lock_file(self.path.with_name(f".{self.machine}.lock")) as descriptor:
            yield descriptor


def machines_in(cluster_dir: Path) -> list[MachineDir]:
    """Every machine of a cluster that has a directory, half-made ones too."""
    folder = cluster_dir / "machines"
    if not folder.is_dir():
        return []
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    return [MachineDir(folder / name) for name in names if not name.startswith(".")]


def _process(plain: dict[str, Any] | None) -> ProcessId | None:
    return None if plain is None else ProcessId(**plain)
