"""Runs the command line on a host that differs from this one in what is mounted where.

The differences live in a mount namespace of the command's own and end with it.
"""

from pathlib import Path

from asterism import proc
from asterism.e2e.home import CREATE_TIMEOUT, Home, program


def hidden(place: str | Path) -> str:
    """A shell line that puts an empty file system over `place`."""
    return f"mount -t tmpfs -o mode=755 none {place}"


def small(place: str | Path, kibibytes: int) -> str:
    """A shell line that puts an empty file system of so much room over `place`."""
    return f"mount -t tmpfs -o mode=755,size={kibibytes}k none {place}"


def read_only(place: str | Path) -> str:
    """A shell line that makes `place` read-only."""
    return f"mount --bind {place} {place} && mount -o remount,bind,ro {place}"


def asterism_with(
    home: Home, *arguments: str | Path, mounts: str, timeout: float = CREATE_TIMEOUT
) -> proc.Completed:
    """Run the command line as this owner behind the shell lines `mounts`; as `Home.asterism`."""
    script = f'set -e\n{mounts}\nexec "$@"'
    return proc.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", *program(), *arguments],
        env=home.environment(),
        check=False,
        timeout=timeout,
    )
