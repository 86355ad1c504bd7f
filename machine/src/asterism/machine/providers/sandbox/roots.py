"""The measured root of an image, mounted once on the host and bound into every node that boots it.

One mount means one superblock and one page cache for all nodes. It is found by what the file was
when it was measured (device, inode, size, times): a copy, or the same file after any write, is
another root. Users are files beside the mount, so that whoever cleans up after a killed machine
knows when the last one is gone.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from asterism.errors import ProvisionError, UserError
from asterism.machine import image_files, kernel
from asterism.machine.image_files import FileVersion
from asterism.machine.kernel import Mount
from asterism.machine.providers.sandbox import loop

RUN = Path("/run/asterism/roots")


def acquire(descriptor: int, measured: FileVersion, label: str) -> Path:
    """The mount of the erofs file behind `descriptor`, held for the node `label`.

    The caller has just measured it, as the version `measured`, through the same descriptor; what is
    written to it until it is mounted is found. Raises ProvisionError MCH-008 for that, UserError
    HST-004 when the kernel has no erofs, ProvisionError MCH-018 when it refuses this file.
    """
    with _locked():
        folder = RUN / _key(measured)
        mount = folder / "mount"
        (folder / "users").mkdir(parents=True, exist_ok=True)
        mount.mkdir(exist_ok=True)
        (folder / "users" / label).touch()
        try:
            if not mount.is_mount():
                _mount(descriptor, mount)
            image_files.require_unchanged(descriptor, measured)
        except BaseException:
            _drop(folder, label)
            raise
        return mount


def release(label: str) -> None:
    """Give back whatever root the node `label` holds; the last user's release unmounts it."""
    if not RUN.is_dir():
        return
    with _locked():
        for folder in list(RUN.iterdir()):
            _drop(folder, label)


def _drop(folder: Path, label: str) -> None:
    users, mount = folder / "users", folder / "mount"
    (users / label).unlink(missing_ok=True)
    if users.is_dir() and any(users.iterdir()):
        return
    if mount.is_mount():
        kernel.unmount(mount)
    # Whoever made or removed it before may have been killed in between.
    for part in (mount, users, folder):
        with suppress(FileNotFoundError):
            part.rmdir()


def _mount(descriptor: int, target: Path) -> None:
    # The very file that was hashed, whatever its path is now.
    source = f"/proc/self/fd/{descriptor}"
    flags = Mount.RDONLY | Mount.NODEV
    try:
        kernel.mount(source, target, "erofs", flags)
    except OSError as exc:
        if exc.errno == errno.ENODEV:
            raise UserError("HST-004", "the kernel does not know erofs") from exc
        if exc.errno != errno.ENOTBLK:
            raise ProvisionError("MCH-018", f"the root cannot be mounted: {exc}") from exc
        # Kernels before 6.12 mount erofs from block devices only.
        with loop.attached(descriptor) as device:
            kernel.mount(device, target, "erofs", flags)


def _key(version: FileVersion) -> str:
    return sha256(repr(version).encode()).hexdigest()[:16]


@contextmanager
def _locked() -> Iterator[None]:
    RUN.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(RUN, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
