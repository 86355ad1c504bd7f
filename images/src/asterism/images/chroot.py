"""Programs of a Debian root of ours, run on files of the host.

The tools' versions then come from the lock, not from the host. Each run has a mount namespace of
its own, so nothing stays mounted, whatever happens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from asterism.images.workshop import Job

ENTER = r"""
set -eu
root=$1; shift
mount -t tmpfs tmpfs "$root/mnt"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then mkdir -p "$root$2"; else touch "$root$2"; fi
    mount --bind "$1" "$root$2"
    shift 2
done
shift
exec chroot "$root" "$@"
"""
"""Arguments: the root, pairs of (host path, path in the root), `--`, the program's words."""

ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/mnt",
    "TMPDIR": "/mnt",
    "LC_ALL": "C.UTF-8",
}


@dataclass(frozen=True, slots=True)
class Chroot:
    """A Debian root directory whose programs can be run; it is not changed by that."""

    root: Path

    def run(
        self,
        job: Job,
        *argv: str | Path,
        binds: Mapping[Path, str],
        env: Mapping[str, str] | None = None,
    ) -> bytes:
        """Run `argv` inside with host paths bound as `binds` says, all below `/mnt`."""
        pairs = [str(word) for pair in binds.items() for word in pair]
        entering = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "enter"]
        words = [*entering, str(self.root), *pairs, "--", *map(str, argv)]
        return job.run(words, env={**ENVIRONMENT, **(env or {})})
