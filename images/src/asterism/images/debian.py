"""Debian roots by mmdebstrap: the node's, the tools', and the firmware's package.

The archive is mmdebstrap's default one, so no host is named here. No snapshot archive is assumed:
the lock pins versions as long as the archive has them; when it has them no longer, the build goes
on with what there is, says so, and the image is labelled `unlocked`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from asterism.images import locks, source
from asterism.images.keys import content_key
from asterism.images.workshop import Job, Workshop, remove_tree

SOURCE_DATE_EPOCH = 1_750_000_000
"""The one time that everything in an image carries."""

CHECKSUMS = ".checksums"
FETCH_SOURCE = (
    'export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" && cd "$1"/etc/apt'
    ' && sed -n "s/^deb /deb-src /p" sources.list > sources.list.d/sources.list && apt-get update'
    ' && cd "$1"/usr/src && apt-get source --download-only {}'
)
"""A hook of mmdebstrap: it is given the root, and apt's settings for it in the environment."""


@dataclass(frozen=True, slots=True)
class Root:
    """What to bootstrap. `extract` only unpacks the named packages, without what they depend on.

    Upstream's tarball of each of `sources` (Debian source packages) is put into /usr/src.
    """

    name: str
    suite: str
    variant: Literal["minbase", "essential", "extract"]
    packages: tuple[str, ...]
    sources: tuple[str, ...] = ()


NODE = Root(
    "root",
    "trixie",
    "essential",
    # systemd is the node's init, python3 runs the agent, whose grpc wheel is linked to libstdc++;
    # the others are what kubelet, kube-proxy, CNI plugins and the agent call.
    (
        *("systemd", "systemd-sysv", "python3", "ca-certificates", "util-linux", "mount", "kmod"),
        *("iproute2", "nftables", "iptables", "conntrack", "ethtool", "socat", "procps"),
        *("tpm2-tools", "libtss2-tcti-device0t64", "cryptsetup-bin", "e2fsprogs", "libstdc++6"),
    ),
)
TOOLS = Root(
    "tools",
    "trixie",
    "minbase",
    # dracut-core, not dracut: the latter's kernel hook would make an initrd of its own.
    (
        *("systemd", "systemd-sysv", "systemd-cryptsetup", "systemd-ukify", "systemd-boot-efi"),
        *("dracut-core", "linux-image-cloud-amd64", "tpm2-tools", "zstd", "kmod", "cpio"),
        *("erofs-utils", "cryptsetup-bin", "gcc", "libc6-dev", "libseccomp-dev", "pkgconf"),
        *("binutils", "busybox-static"),
    ),
)
FIRMWARE = Root("firmware", "forky", "extract", ("ovmf-amdsev",))
"""Trixie's OVMF has the SNP metadata but no room for kernel hashes; the next release has both."""

ROOTS = (NODE, TOOLS, FIRMWARE)

WITHOUT_DOCUMENTS = (
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/info/*",
)


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """A finished root directory and the packages that are in it."""

    root: Path
    packages: tuple[locks.Package, ...]


def committed_lock(path: Path = source.ROOT_LOCK) -> locks.Lock:
    """A lock of the checkout; empty sections when there is none yet."""
    return locks.parse(path.read_text() if path.exists() else "")


def bootstrap(shop: Workshop, root: Root, pins: Iterable[locks.Package]) -> Bootstrapped:
    """The directory of `root`, with the pinned versions where the archive still has them."""
    pinned = tuple(sorted(pins))

    def build(job: Job) -> None:
        _mmdebstrap(job, root, pinned)
        checksums = job.out / "root" / CHECKSUMS
        packages = locks.from_checksums(checksums.read_text())
        checksums.unlink()
        locks.difference(pinned, packages)
        (job.out / "packages.lock").write_text(locks.encode({root.name: packages}))

    key = content_key(root.name, repr(pinned), *_words(root, Path(), Path()))
    made = shop.make(f"debian-{root.name}", f"Debian packages: {root.name}", key, build)
    packages = locks.parse((made / "packages.lock").read_text())[root.name]
    return Bootstrapped(made / "root", packages)


def _mmdebstrap(job: Job, root: Root, pinned: tuple[locks.Package, ...]) -> None:
    preferences, target = job.out / "preferences", job.out / "root"
    preferences.write_text(locks.preferences(pinned))
    job.run(_words(root, preferences, target))
    preferences.unlink()
    for leftover in ("etc/apt", "var/cache/apt", "var/lib/apt"):
        remove_tree(target / leftover)


def _words(root: Root, preferences: Path, target: Path) -> list[str]:
    # The extract variant stops before the stage at which the others have all their packages.
    stage = "extract" if root.variant == "extract" else "customize"
    archives = '"$1"/var/cache/apt/archives/*.deb'
    return [
        # INITRD=No: the kernel package's hook would make an initrd that nobody uses.
        *("env", "INITRD=No", f"SOURCE_DATE_EPOCH={SOURCE_DATE_EPOCH}"),
        *("mmdebstrap", f"--variant={root.variant}", "--format=directory", "--mode=root"),
        f"--include={','.join(root.packages)}",
        '--aptopt=APT::Install-Recommends "false"',
        # A mirror that stands still is welcome: signatures are checked, and hashes by the lock.
        '--aptopt=Acquire::Check-Valid-Until "false"',
        # Files of packages are kept until they have been hashed.
        *('--aptopt=APT::Keep-Downloaded-Packages "true"', "--skip=essential/unlink"),
        *(f"--dpkgopt={option}" for option in WITHOUT_DOCUMENTS),
        '--setup-hook=mkdir -p "$1"/etc/apt/preferences.d',
        f"--setup-hook=copy-in {preferences} /etc/apt/preferences.d",
        f'--{stage}-hook=sha256sum {archives} > "$1"/{CHECKSUMS}',
        *(f"--customize-hook={FETCH_SOURCE.format(name)}" for name in root.sources),
        *(root.suite, str(target)),
    ]
