"""State disks that are small, and full.

An emulated machine's disk is a folder of its host's; here it gets a file system of its own, in
memory, that can be filled to the last byte. The machine is off while its disk is changed.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asterism import proc
from asterism.e2e.cluster import Cluster
from asterism.e2e.machine import Machine
from asterism.machine import kernel
from asterism.machine.kernel import Mount
from asterism.machine.providers.sandbox.provider import SandboxProvider

BALLAST = "ballast"
BLOCK = 1 << 20


@contextmanager
def small_disk(cluster: Cluster, machine: Machine, spare: int) -> Iterator[Path]:
    """Restart `machine` on a disk with `spare` bytes beyond what it holds; its folder on the host.

    Afterwards the machine has been restarted on its own disk, with what it has written meanwhile.
    """
    provider, disk = SandboxProvider(), machine.folder.disk
    aside = disk.with_name("disk-aside")
    provider.stop(cluster.name, machine.name)
    disk.rename(aside)
    disk.mkdir(mode=0o700)
    size = _size_of(aside) + spare
    kernel.mount("tmpfs", disk, "tmpfs", Mount.NODEV, f"size={size},mode=700")
    try:
        _move(aside, disk)
        provider.start(cluster.name, machine.name)
        yield disk
    finally:
        provider.stop(cluster.name, machine.name)
        (disk / BALLAST).unlink(missing_ok=True)
        aside.mkdir(mode=0o700, exist_ok=True)
        _move(disk, aside)
        kernel.unmount(disk)
        disk.rmdir()
        aside.rename(disk)
    provider.start(cluster.name, machine.name)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """No byte is left on the file system of `disk` for the length of the body."""
    ballast = disk / BALLAST
    with ballast.open("wb", buffering=0) as file:
        for size in (BLOCK, 1):
            _fill(file.fileno(), size)
    try:
        yield
    finally:
        ballast.unlink(missing_ok=True)


def _fill(descriptor: int, size: int) -> None:
    while True:
        try:
            os.write(descriptor, bytes(size))
        except OSError:  # ENOSPC
            return


def _size_of(folder: Path) -> int:
    """Bytes on disk, as du(1) counts them."""
    shown = proc.run(["du", "--summarize", "--block-size=1", folder], timeout=120).text
    return int(shown.split()[0])


def _move(source: Path, target: Path) -> None:
    """All that is in one folder into another, with owners, links and devices as they are."""
    for entry in list(source.iterdir()):
        _copy(entry, target / entry.name)
        shutil.rmtree(entry)


def _copy(source: Path, target: Path) -> None:
    proc.run(["cp", "--archive", "--one-file-system", source, target], timeout=120)
