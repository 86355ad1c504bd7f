"""System calls that the sandbox needs and the standard library lacks: mount(2), unshare(2), ...

Every function raises OSError as the kernel reports it. Nothing here knows what it is used for.
"""

import ctypes
import os
from enum import IntFlag
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

SYS_PIVOT_ROOT = 155  # x86-64; glibc has no wrapper (pivot_root(2))
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
CAP_SYS_MODULE = 16
CAP_SYS_RAWIO = 17
CAP_SYS_TIME = 25
CAP_SYSLOG = 34


class Mount(IntFlag):
    """Flags of mount(2), <linux/mount.h>."""

    NONE = 0
    RDONLY = 1
    NOSUID = 2
    NODEV = 4
    NOEXEC = 8
    REMOUNT = 32
    BIND = 4096
    REC = 16384
    PRIVATE = 1 << 18
    SHARED = 1 << 20


class Clone(IntFlag):
    """Namespace flags of unshare(2) and setns(2), <linux/sched.h>."""

    NEWNS = 0x00020000
    NEWCGROUP = 0x02000000
    NEWUTS = 0x04000000
    NEWIPC = 0x08000000
    NEWPID = 0x20000000
    NEWNET = 0x40000000


def mount(
    source: str | Path | None,
    target: str | Path,
    kind: str | None = None,
    flags: Mount = Mount.NONE,
    data: str | None = None,
) -> None:
    """mount(2). Raises OSError with the target as its file name."""
    code = _libc.mount(_text(source), _text(target), _text(kind), int(flags), _text(data))
    _check(code, str(target))


def bind(source: str | Path, target: str | Path) -> None:
    """Show `source` at `target` as well (a bind mount, not recursive)."""
    mount(source, target, None, Mount.BIND)


def unmount(target: str | Path) -> None:
    """Detach the mount at `target` now; it goes when nobody uses it any more (MNT_DETACH)."""
    _check(_libc.umount2(_text(target), MNT_DETACH), str(target))


def pivot_root_here() -> None:
    """Make the working directory the root and let the old root go (pivot_root(2), NOTES)."""
    _check(_libc.syscall(SYS_PIVOT_ROOT, b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", MNT_DETACH), ".")
    os.chdir("/")


def unshare(namespaces: Clone) -> None:
    """Leave these namespaces for new ones; for NEWPID only children do (unshare(2))."""
    _check(_libc.unshare(int(namespaces)), "unshare")


def set_namespace(descriptor: int, kind: Clone) -> None:
    """Enter the namespace behind `descriptor` (setns(2))."""
    _check(_libc.setns(descriptor, int(kind)), "setns")


def die_with_parent(signal_number: int) -> None:
    """Get `signal_number` when the parent ends. Call it only where the parent surely lives."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0), "PR_SET_PDEATHSIG")


def adopt_orphans() -> None:
    """Become the parent of every orphan below this process, instead of the host's init."""
    _check(_libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "PR_SET_CHILD_SUBREAPER")


def drop_capability(number: int) -> None:
    """Take a capability from the bounding set: no program started from here can have it again."""
    _check(_libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0), "PR_CAPBSET_DROP")


def set_hostname(name: str) -> None:
    """Name the UTS namespace of this process."""
    raw = name.encode()
    _check(_libc.sethostname(raw, len(raw)), "sethostname")


def _text(value: str | Path | None) -> bytes | None:
    return None if value is None else os.fsencode(value)


def _check(code: int, name: str) -> None:
    if code != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), name)
