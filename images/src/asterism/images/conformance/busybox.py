"""busybox with upstream's own settings, compiled from the tarball of Debian's source package.

Debian's builds do not do: the static one crashes in wget, and the shell of both drops environment
variables whose names hold a dot, which containers may have.
"""

from pathlib import Path

from asterism.errors import ProvisionError
from asterism.images.chroot import Chroot
from asterism.images.keys import content_key, file_digest
from asterism.images.workshop import Job, Workshop

TARBALL = "usr/src/busybox_1.37.0.orig.tar.bz2"
SHA256 = "3311dff32e746499f4df0d5df04d7eb396382d7e108bb9250e7b519b837043a4"

# tc: its source does not fit the kernel's headers of today.
BUILD = """
set -eu
mkdir /mnt/busybox
tar --extract --file "$1" --directory /mnt/busybox --strip-components 1
cd /mnt/busybox
export KCONFIG_NOTIMESTAMP=1 SOURCE_DATE_EPOCH=0
make defconfig
sed -i "s/^CONFIG_TC=y/# CONFIG_TC is not set/" .config
make -j2 busybox busybox.links
cp busybox busybox.links /mnt/out
"""


def build(shop: Workshop, root: Chroot) -> Path:
    """The directory with `busybox` and `busybox.links`, the paths of its applets.

    Raises ProvisionError IMG-001 when the archive's tarball is not the one that was reviewed.
    """

    def compile_it(job: Job) -> None:
        found = file_digest(root.root / TARBALL)
        if found != SHA256:
            raise ProvisionError("IMG-001", f"{TARBALL} has the SHA-256 {found}, not {SHA256}")
        root.run(job, "sh", "-c", BUILD, "build", f"/{TARBALL}", binds={job.out: "/mnt/out"})

    key = content_key(root.root.parent.name, SHA256, BUILD)
    return shop.make("busybox", "busybox for test images", key, compile_it)


def applets(built: Path) -> list[str]:
    """Names of the applets."""
    paths = (built / "busybox.links").read_text().split()
    return sorted({path.rpartition("/")[2] for path in paths} - {"linuxrc"})
