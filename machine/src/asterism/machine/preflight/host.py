"""Reads the facts of this host. Leaves nothing behind: what is tried is tried in namespaces that
end with the program that tries it.
"""

import ctypes
import os
import shutil
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from asterism import clock, proc
from asterism.config import paths
from asterism.errors import ProvisionError, UserError
from asterism.machine.preflight import judgement
from asterism.machine.preflight.facts import HostFacts
from asterism.machine.providers.sandbox.cgroups import Hierarchies
from asterism.machine.providers.sandbox.node_root import DEVICES

PROC = Path("/proc")
DEV = Path("/dev")
INOTIFY_LIMIT = PROC / "sys/fs/inotify/max_user_instances"
TRY_SECONDS = 10.0

NAMESPACES = ("--mount", "--net", "--uts", "--ipc", "--cgroup", "--pid", "--fork")
CABLES = b"link add cable type veth peer name end\nlink add bridge type bridge\n"
RULES = b"""add table inet try
add chain inet try out { type nat hook output priority 0; }
add rule inet try out ip daddr 192.0.2.1 counter dnat ip to 192.0.2.2
"""
TIME_ERROR = 5
"""What adjtimex(2) answers when the clock is not synchronised."""


def read() -> HostFacts:
    """The facts now."""
    programs = _programs()
    tries = os.geteuid() == 0 and "unshare" in programs
    version, refusal = _control_groups()
    place = _existing(paths.CLUSTERS)
    return HostFacts(
        user=os.geteuid(),
        programs=programs,
        namespaces=frozenset(entry.name for entry in (PROC / "self/ns").iterdir()),
        namespaces_refusal=_refusal(NAMESPACES, "true") if tries else None,
        control_groups=version,
        control_groups_refusal=refusal,
        file_systems=_file_systems(),
        kernel=_kernel(),
        devices=frozenset(name for name in (*DEVICES, "loop-control") if (DEV / name).exists()),
        network_refusal=_network(programs) if tries else None,
        packet_filter_refusal=_packet_filter(programs) if tries else None,
        memory=_memory(),
        place=place,
        writable=os.access(place, os.W_OK) or os.geteuid() != 0,
        disk=shutil.disk_usage(place).free,
        inotify_limit=int(INOTIFY_LIMIT.read_text()),
        inotify_used=_inotify_used(),
        now=clock.now(),
        newest=_newest(),
        synchronised=ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)) != TIME_ERROR,
    )


def _programs() -> frozenset[str]:
    # Machines are root's: his path counts, also when somebody else asks.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    return frozenset(n for n in judgement.PROGRAMS if shutil.which(n, path=path) is not None)


def _network(programs: frozenset[str]) -> str | None:
    if "ip" not in programs:
        return None
    return _refusal(("--net",), "ip", "-batch", "-", stdin=CABLES)


def _packet_filter(programs: frozenset[str]) -> str | None:
    return _refusal(("--net",), "nft", "-f", "-", stdin=RULES) if "nft" in programs else None


def _refusal(namespaces: tuple[str, ...], *argv: str, stdin: bytes = b"") -> str | None:
    """What is said when `argv` fails in fresh namespaces; empty if it works, None if it hangs."""
    try:
        proc.run(["unshare", *namespaces, *argv], stdin=stdin, timeout=TRY_SECONDS)
    except ProvisionError as exc:
        if isinstance(exc.__cause__, subprocess.TimeoutExpired):
            return None  # the host is busy, which is no answer
        return exc.facts.get("output", "").partition("\n")[0] or exc.detail
    return ""


def _control_groups() -> tuple[str, str]:
    """Version, or why there is none that a node can use."""
    try:
        return ("2" if Hierarchies.of_host().unified else "1"), ""
    except UserError as exc:
        return "", exc.detail


def _file_systems() -> frozenset[str]:
    known = (PROC / "filesystems").read_text().split()
    return frozenset(n for n in judgement.FILE_SYSTEMS if n in known or _is_module(n))


def _is_module(file_system: str) -> bool:
    """Whether it is a module that the first mount loads."""
    folder = Path("/lib/modules", os.uname().release, "kernel/fs", file_system)
    return any(folder.glob(f"{file_system}.ko*"))


def _kernel() -> tuple[int, int]:
    major, minor = os.uname().release.split(".")[:2]
    return int(major), int("".join(c for c in minor if c.isdecimal()))


def _memory() -> int:
    lines = (PROC / "meminfo").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return int(fields["MemAvailable"].split()[0]) * 1024


def _existing(place: Path) -> Path:
    while not place.exists():
        place = place.parent
    return place


def _inotify_used() -> int:
    """Instances of root's processes, as far as this user may see them."""
    found = 0
    for process in PROC.glob("[0-9]*"):
        with suppress(OSError):  # it ended, or is not ours to look into
            if process.stat().st_uid == 0:
                found += sum(map(_is_inotify, (process / "fd").iterdir()))
    return found


def _is_inotify(descriptor: Path) -> bool:
    with suppress(OSError):
        return descriptor.readlink().name == "anon_inode:inotify"
    return False


def _newest() -> datetime:
    times = [0.0]
    for folder in (paths.STATE, paths.CLUSTERS, paths.IMAGES, paths.MAKERS):
        with suppress(OSError):
            times.append(folder.stat().st_mtime)
    return datetime.fromtimestamp(max(times), UTC)
