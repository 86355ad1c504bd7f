"""Kernel, initrd and command line, and the one signed-or-measured file that joins them: the UKI."""

from pathlib import Path

from asterism.images.chroot import Chroot
from asterism.images.debian import SOURCE_DATE_EPOCH
from asterism.images.keys import content_key, file_digest
from asterism.images.workshop import Job, Workshop

DRACUT_MODULES = "systemd-veritysetup systemd-initrd tpm2-tss systemd-pcrphase"
DRACUT_DRIVERS = "dm-verity erofs overlay virtio_blk"
ROOT_DEVICE = "/dev/disk/by-id/virtio-root"
VERITY_DEVICE = "/dev/disk/by-id/virtio-verity"

ARGUMENTS = (
    "console=ttyS0",
    "ro",
    f"systemd.verity_root_data={ROOT_DEVICE}",
    f"systemd.verity_root_hash={VERITY_DEVICE}",
    # Without bpf among them a boot under emulation takes two thirds of the time.
    "lsm=landlock,lockdown,yama,apparmor",
    "audit=0",
)


def release(tools: Chroot) -> str:
    """The version of the only kernel in the tools root."""
    (image,) = (tools.root / "boot").glob("vmlinuz-*")
    return image.name.removeprefix("vmlinuz-")


def kernel(tools: Chroot) -> Path:
    """The kernel image."""
    return tools.root / "boot" / f"vmlinuz-{release(tools)}"


def initrd(shop: Workshop, tools: Chroot) -> Path:
    """The initrd: opens the verity root. Nothing of ours is in it: it changes with Debian only."""

    def build(job: Job) -> None:
        argv = [
            *("dracut", "--quiet", "--force", "--no-hostonly", "--reproducible", "--zstd"),
            *("--no-hostonly-cmdline", "--tmpdir", "/mnt", "--kver", release(tools)),
            *("--add", DRACUT_MODULES, "--add-drivers", DRACUT_DRIVERS, "/mnt/out/initrd"),
        ]
        epoch = {"SOURCE_DATE_EPOCH": str(SOURCE_DATE_EPOCH)}
        tools.run(job, *argv, binds={job.out: "/mnt/out"}, env=epoch)
        (job.out / "initrd").chmod(0o644)

    key = content_key(tools.root.parent.name, file_digest(Path(__file__)))
    return shop.make("initrd", "Initial RAM disk", key, build) / "initrd"


def command_line(root_sha256: str, roothash: str) -> str:
    """The kernel's command line. It names the root twice: the whole file for firmware that checks
    it before it starts anything, the verity hash for kernels that check each block as it is read.
    """
    return " ".join([*ARGUMENTS, f"asterism.root=sha256:{root_sha256}", f"roothash={roothash}"])


def make_uki(job: Job, tools: Chroot, os_release: Path) -> None:
    """Join `vmlinuz`, `initrd` and `cmdline` in `job.out` to `uki.efi` there."""
    argv = [
        *("ukify", "build", "--linux=/mnt/out/vmlinuz", "--initrd=/mnt/out/initrd"),
        *("--cmdline=@/mnt/out/cmdline", "--os-release=@/mnt/os-release"),
        *(f"--uname={release(tools)}", "--measure", "--output=/mnt/out/uki.efi"),
    ]
    epoch = {"SOURCE_DATE_EPOCH": str(SOURCE_DATE_EPOCH)}
    tools.run(job, *argv, binds={job.out: "/mnt/out", os_release: "/mnt/os-release"}, env=epoch)
