"""The root as files that can be measured: an erofs image and the hash tree of dm-verity over it."""

from pathlib import Path

from asterism.images.chroot import Chroot
from asterism.images.debian import SOURCE_DATE_EPOCH
from asterism.images.workshop import Job

ROOT_UUID = "7cd3a1f2-51a8-4b0e-9c64-61737465726d"
VERITY_UUID = "2f0b7e84-9d3c-4e5a-8a17-61737465726d"
VERITY_SALT = "61737465726973" + "00" * 25
"""A fixed salt: it would only guard against precomputed collisions, which SHA-256 does not have."""

CLUSTER_BYTES = 65536
"""The size of compressed pieces: the best of what was measured for size and speed of reading."""


def make_root(job: Job, tools: Chroot, tree: Path) -> Path:
    """`root.erofs` from `tree`: lz4, with one time and one UUID, so always the same bytes."""
    options = ("--quiet", "-zlz4", f"-C{CLUSTER_BYTES}", f"-T{SOURCE_DATE_EPOCH}", f"-U{ROOT_UUID}")
    argv = ("mkfs.erofs", *options, "/mnt/out/root.erofs", "/mnt/tree")
    tools.run(job, *argv, binds={tree: "/mnt/tree", job.out: "/mnt/out"})
    return job.out / "root.erofs"


def make_verity(job: Job, tools: Chroot, root: Path) -> str:
    """Write `root.verity` beside `root`; the root hash in hex, as `roothash=` takes it."""
    options = (f"--uuid={VERITY_UUID}", f"--salt={VERITY_SALT}")
    files = ("/mnt/out/root.erofs", "/mnt/out/root.verity")
    argv = ("veritysetup", "format", *options, "--root-hash-file=/mnt/out/roothash", *files)
    tools.run(job, *argv, binds={root.parent: "/mnt/out"})
    hash_file = root.with_name("roothash")
    roothash = hash_file.read_text().strip()
    hash_file.unlink()
    root.with_name("root.verity").chmod(0o644)
    return roothash
