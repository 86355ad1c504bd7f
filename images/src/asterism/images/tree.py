"""The node's file tree: what rarely changes in the cache, the rest laid over hard links to it."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from asterism.config import network
from asterism.images import python_layer, source
from asterism.images.chroot import Chroot
from asterism.images.golang import CNI_PLUGINS
from asterism.images.keys import content_key, file_digest, files_below, tree_digest
from asterism.images.seed import SNAPSHOTTER
from asterism.images.workshop import Job, Workshop

KUBE_LINKS = ("kubeadm", "kubectl", "kubelet")
RUNTIME_PROGRAMS = ("containerd", "containerd-shim-runc-v2", "ctr")
CONTAINERD = "usr/lib/asterism/containerd"

EMPTY_DIRECTORIES = (
    "etc/cni/net.d",
    "etc/kubernetes/manifests",
    "opt/cni",
    "usr/lib/modules",  # kube-proxy mounts it from the node
    "usr/libexec/kubernetes",
    "var/lib/asterism",
    "var/lib/containerd",
    "var/lib/etcd",
    "var/lib/kubelet",
    "var/log/containers",
    "var/log/pods",
)

REMOVED = (
    "var/log/journal",  # with it journald would write to the state disk
    "etc/systemd/system/sysinit.target.wants",
    "etc/systemd/system/sockets.target.wants",
    "etc/systemd/system/timers.target.wants",
    "etc/systemd/system/getty.target.wants",
    "etc/systemd/system/multi-user.target.wants",
    "etc/.pwd.lock",
)

MASKED = {
    "systemd-pcrmachine.service": "PCR 15 must stay zero until the node belongs to a cluster",
    "systemd-pcrfs-root.service": "same",
    "systemd-pcrfs@.service": "same",
    "systemd-pcrlock-make-policy.service": "the image is measured, there is nothing to lock",
    "systemd-firstboot.service": "nobody is asked anything at a node's console",
    "systemd-machine-id-commit.service": "/etc is in memory",
    "systemd-update-done.service": "/usr and /etc never change at run time",
    "systemd-journal-catalog-update.service": "same",
    "systemd-hwdb-update.service": "same",
    "ldconfig.service": "same",
    "sys-kernel-debug.mount": "not allowed in a namespace",
    "sys-kernel-tracing.mount": "same",
    "sys-kernel-config.mount": "same",
    "systemd-networkd.service": "the agent configures the network",
    "systemd-timesyncd.service": "the host sets the clock; leases do not depend on it",
    "systemd-vconsole-setup.service": "there is no screen",
    "console-getty.service": "nobody logs in to a node",
    "getty@.service": "same",
    "serial-getty@.service": "same",
    "emergency.service": "a node that cannot start stops; it opens no shell",
    "rescue.service": "same",
}
"""Units that must not run in a node, each with the reason."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The results of earlier steps that a tree is put together from."""

    node: Chroot
    tools: Chroot
    kube: Path
    runtime: Path
    runc: Path
    containerd: Path
    wheels: Path


def base(shop: Workshop, parts: Parts) -> Path:
    """The tree without our own files: Debian, programs, container images, wheels."""

    def build(job: Job) -> None:
        root = job.out / "root"
        job.run(["cp", "-a", parts.node.root, root])
        python_layer.compile_library(job, parts.node, root)
        _clean(root)
        _programs(root, parts)
        _containers(root, parts.containerd)
        job.run(["cp", "-a", parts.wheels, root / python_layer.FOLDER])
        _share_large_files(root)

    made_from = (parts.node.root.parent, parts.kube, parts.runtime, parts.runc, parts.containerd)
    recipe = file_digest(Path(__file__))
    key = content_key(*(p.name for p in made_from), parts.wheels.name, recipe)
    return shop.make("base", "Node root without our code", key, build) / "root"


def own_digest() -> str:
    """One digest of everything that `complete` adds."""
    overlay = tree_digest(source.OVERLAY, files_below(source.OVERLAY))
    units = tree_digest(source.UNITS, files_below(source.UNITS))
    return content_key(overlay, units, python_layer.code_digest())


def complete(job: Job, base_root: Path, node: Chroot) -> Path:
    """A whole tree: hard links to the base, and our code, units and files laid over it."""
    root = job.out / "root"
    job.run(["cp", "-al", base_root, root])
    _lay_over(source.OVERLAY, root)
    _lay_over(source.UNITS, root / "usr/lib/systemd/system")
    python_layer.install(job, node, root)
    return root


def _lay_over(folder: Path, root: Path) -> None:
    """Copy `folder` over `root`; what is there is replaced, never written through its link."""
    for path in files_below(folder):
        target = root / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copy2(path, target, follow_symlinks=False)
        if not path.is_symlink():
            target.chmod(0o755 if os.access(path, os.X_OK) else 0o644)


def _clean(root: Path) -> None:
    for name in REMOVED:
        path = root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for name in EMPTY_DIRECTORIES:
        (root / name).mkdir(parents=True, exist_ok=True)
    for unit in MASKED:
        _link(root / "etc/systemd/system" / unit, "/dev/null")
    _link(root / "etc/systemd/system/default.target", "/usr/lib/systemd/system/node.target")
    _link(root / "opt/cni/bin", "/usr/lib/cni")
    # What containerd remembers of a sandbox's network must not outlive the sandbox, nor a boot.
    _link(root / "var/lib/cni", "/run/cni")
    # mmdebstrap copies the build host's; a node gets its own from the agent at each boot. CoreDNS
    # does not start without any server, and loops with one that is this machine.
    (root / "etc/resolv.conf").write_text(f"nameserver {network.UNDERLAY[1]}\n")
    (root / "etc/hostname").write_text("localhost\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    # Empty, not absent: no first boot; systemd takes it from the container or the virtual machine.
    (root / "etc/machine-id").write_text("")


def _programs(root: Path, parts: Parts) -> None:
    binaries = root / "usr/bin"
    shutil.copy2(parts.kube / "kube", binaries)
    for name in KUBE_LINKS:
        _link(binaries / name, "kube")
    for name in RUNTIME_PROGRAMS:
        shutil.copy2(parts.runtime / name, binaries)
    shutil.copy2(parts.runc / "runc", binaries)
    plugins = root / "usr/lib/cni"
    plugins.mkdir()
    for name in CNI_PLUGINS:
        shutil.copy2(parts.runtime / name, plugins)


def _containers(root: Path, made: Path) -> None:
    """The images' content, the table of binds, and a marker that changes with them."""
    target = root / CONTAINERD
    shutil.copytree(made, target, symlinks=True)
    numbers = sorted((path.name for path in (target / "layers").iterdir()), key=int)
    snapshots = f"/var/lib/containerd/{SNAPSHOTTER}/snapshots"
    lines = (f"/{CONTAINERD}/layers/{n} {snapshots}/{n} none bind 0 0\n" for n in numbers)
    (target / "fstab").write_text("".join(lines))
    digest = tree_digest(target / "seed", files_below(target / "seed"))
    (target / "id").write_text(f"{digest}\n")


def _share_large_files(root: Path, at_least: int = 1 << 16) -> None:
    """Make equal files of the layers and the root one inode: they are stored and cached once."""
    layers = root / CONTAINERD / "layers"
    known: dict[tuple[int, str], Path] = {}
    inside = (p for p in files_below(layers) if not p.is_symlink())
    by_size = {size for path in inside if (size := path.stat().st_size) >= at_least}
    for path in sorted(files_below(root), key=lambda p: (p.is_relative_to(layers), p)):
        if path.is_symlink() or path.stat().st_size not in by_size:
            continue
        key = (path.stat().st_mode, file_digest(path))
        if known.setdefault(key, path) != path:
            path.unlink()
            os.link(known[key], path)


def _link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)
