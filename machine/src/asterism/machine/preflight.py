"""What a host must offer before a cluster is made on it: each check with what it found."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from asterism.config import paths
from asterism.errors import UserError
from asterism.errors.catalogue import entry
from asterism.machine.providers.sandbox.cgroups import Hierarchies

MEBIBYTE = 1 << 20
CONTROL_PLANE_MEMORY = 1100 * MEBIBYTE
WORKER_MEMORY = 350 * MEBIBYTE
"""Measured: a control plane takes 690 MiB and a worker 150 MiB, before any workload."""
FREE_DISK = 4096 * MEBIBYTE

NAMESPACES = ("mnt", "pid", "net", "uts", "ipc", "cgroup")
PROGRAMS = ("swtpm", "ip", "nft", "setpriv", "setsid")


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check. `found` describes the host; ID and fix are for a failed one."""

    name: str
    ok: bool
    found: str
    error_id: str

    @property
    def fix(self) -> str:
        """One line on what to do."""
        return entry(self.error_id).hint


def checks(*, control_planes: int = 1, workers: int = 0) -> list[Check]:
    """All checks in the order in which to mend them. Changes nothing on the host."""
    needed = control_planes * CONTROL_PLANE_MEMORY + workers * WORKER_MEMORY
    return [
        _check("root", "HST-001", _root),
        _check("namespaces", "HST-002", _namespaces),
        _check("control groups", "HST-003", _control_groups),
        _check("erofs", "HST-004", lambda: _file_system("erofs")),
        _check("overlay", "HST-005", lambda: _file_system("overlay")),
        _check("programs", "HST-006", _programs),
        _check("memory", "HST-007", lambda: _memory(needed)),
        _check("disk", "HST-008", lambda: _disk(paths.STATE)),
    ]


def require(*, control_planes: int, workers: int) -> None:
    """Raises UserError HST-* for the first check that fails."""
    for check in checks(control_planes=control_planes, workers=workers):
        if not check.ok:
            raise UserError(check.error_id, f"{check.name}: {check.found}")


class _Lacking(Exception):  # noqa: N818 - never leaves this module
    """A check failed; the text is what was found."""


def _check(name: str, error_id: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, found=look(), error_id=error_id)
    except (_Lacking, UserError, OSError) as exc:
        found = exc.detail if isinstance(exc, UserError) else str(exc)
        return Check(name, ok=False, found=found, error_id=error_id)


def _root() -> str:
    if os.geteuid() != 0:
        raise _Lacking(f"this is user {os.geteuid()}")
    return "this is root"


def _namespaces() -> str:
    missing = [name for name in NAMESPACES if not Path("/proc/self/ns", name).exists()]
    if missing:
        raise _Lacking(f"the kernel lacks {', '.join(missing)}")
    return ", ".join(NAMESPACES)


def _control_groups() -> str:
    return "version 2" if Hierarchies.of_host().unified else "version 1"


def _file_system(name: str) -> str:
    known = Path("/proc/filesystems").read_text().split()
    if name in known:
        return "in the kernel"
    if _module(name).exists():
        return "a module, loaded on first use"
    raise _Lacking(f"the kernel knows no {name}")


def _module(name: str) -> Path:
    folder = Path("/lib/modules", os.uname().release, "kernel/fs", name)
    found = sorted(folder.glob(f"{name}.ko*")) if folder.is_dir() else []
    return found[0] if found else folder / f"{name}.ko"


def _programs() -> str:
    # Machines are root's: his path counts, also when somebody else asks.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if missing:
        raise _Lacking(f"not installed: {', '.join(missing)}")
    return ", ".join(PROGRAMS)


def _memory(needed: int) -> str:
    fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    available = int(fields["MemAvailable"].split()[0]) * 1024
    found = f"{available // MEBIBYTE} MiB available"
    if available < needed:
        raise _Lacking(f"{found}, {needed // MEBIBYTE} MiB needed")
    return found


def _disk(place: Path) -> str:
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    found = f"{free // MEBIBYTE} MiB free on {place}"
    if free < FREE_DISK:
        raise _Lacking(f"{found}, {FREE_DISK // MEBIBYTE} MiB needed")
    return found
