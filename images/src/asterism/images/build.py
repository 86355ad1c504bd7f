"""The whole build: every step in its order, each from the cache when its inputs are the same."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asterism.config import paths, versions
from asterism.errors import UserError
from asterism.images import (
    containers,
    debian,
    filesystem,
    golang,
    kernel,
    locks,
    measure,
    python_layer,
    seed,
    source,
    store,
    tree,
    workshop,
)
from asterism.images.chroot import Chroot
from asterism.images.keys import content_key, file_digest
from asterism.images.progress import Progress
from asterism.images.workshop import Job, Workshop, exclusive, remove_tree
from asterism.measurement.manifest import ImageManifest

HOST_PROGRAMS = ("mmdebstrap", "unshare", "chroot", "mount", "cp", "sha256sum")
OVMF = "usr/share/ovmf/OVMF.amdsev.fd"
FILES = (*("root.erofs", "root.verity", "uki.efi", "vmlinuz", "initrd", "cmdline", "firmware.fd"),)
RECIPE = (workshop, tree, python_layer, filesystem, kernel, measure)
"""Modules that decide what the last step gives; a change in them makes it anew."""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What the last step joins."""

    node: Chroot
    tools: Chroot
    base: Path
    initrd: Path
    firmware: Path
    labels: tuple[str, ...]


def build_image(
    *, progress: Progress, images: Path = paths.IMAGES, cache: Path = paths.CACHE
) -> store.StoredImage:
    """Build the node image, or find it built; it is the current one afterwards.

    Raises UserError IMG-003, IMG-007 or IMG-008 when this host or checkout cannot build, and
    ProvisionError IMG-001 or IMG-005 when a step fails.
    """
    require_host()
    images.mkdir(parents=True, exist_ok=True)
    shop = Workshop(cache, progress)
    with exclusive(cache):
        return _join(shop, _ingredients(shop), images)


def require_host() -> None:
    """Raise UserError IMG-003, IMG-007 or IMG-008 when no image can be built here."""
    source.require_checkout()
    if os.geteuid() != 0:
        raise UserError("IMG-007", "building an image needs root")
    for program in HOST_PROGRAMS:
        if shutil.which(program) is None:
            raise UserError("IMG-008", f"{program} is not installed")


def _ingredients(shop: Workshop) -> Ingredients:
    roots, labels = _debian_roots(shop)
    node, tools = Chroot(roots[debian.NODE].root), Chroot(roots[debian.TOOLS].root)
    initrd = kernel.initrd(shop, tools)
    wheels = python_layer.wheels(shop, node)
    goroot = golang.toolchain(shop)
    runtime = golang.programs(shop, goroot, "runtime", golang.RUNTIME)
    normaliser = golang.programs(shop, goroot, "seed", golang.SEED)
    runc = golang.runc(shop, goroot, tools)
    kube = golang.programs(shop, goroot, "kube", golang.KUBE)
    _offer_kubectl(shop, kube)
    layout = containers.layout(shop, containers.Parts(kube, runtime, node, tools))
    unpacked = seed.containerd_seed(shop, runtime, normaliser, layout)
    parts = tree.Parts(node, tools, kube, runtime, runc, unpacked, wheels)
    firmware = roots[debian.FIRMWARE].root / OVMF
    return Ingredients(node, tools, tree.base(shop, parts), initrd, firmware, labels)


def _debian_roots(shop: Workshop) -> tuple[dict[debian.Root, debian.Bootstrapped], tuple[str, ...]]:
    """The roots, and the label `unlocked` when they are not exactly what the lock says."""
    lock = debian.committed_lock()
    roots = {root: debian.bootstrap(shop, root, lock.get(root.name, ())) for root in debian.ROOTS}
    changes = {
        root.name: locks.difference(lock.get(root.name, ()), made.packages)
        for root, made in roots.items()
    }
    if not any(changes.values()):
        return roots, ()
    local = shop.cache / source.ROOT_LOCK.name
    local.write_text(locks.encode({root.name: made.packages for root, made in roots.items()}))
    for name, lines in changes.items():
        for line in lines:
            shop.note(f"debian-{name}", f"not as locked: {line}")
    shop.note("lock", f"the image is labelled unlocked; what it holds: {local}")
    return roots, ("unlocked",)


def _offer_kubectl(shop: Workshop, kube: Path) -> None:
    """Put kubectl at a path of the host that does not change from build to build."""
    folder = shop.cache / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "kube"
    if not program.exists() or not program.samefile(kube / "kube"):
        program.unlink(missing_ok=True)
        os.link(kube / "kube", program)
    if not (folder / "kubectl").is_symlink():
        (folder / "kubectl").symlink_to("kube")


def _join(shop: Workshop, parts: Ingredients, images: Path) -> store.StoredImage:
    """The image of these ingredients and our code, made current."""

    def build(job: Job) -> None:
        draft = images / f".{job.out.name}"
        remove_tree(draft)
        draft.mkdir()
        # Made in the cache, because hard links to the base need its file system.
        manifest = _assemble(job, parts)
        for name in FILES:
            shutil.move(job.out / name, draft / name)
        image = store.publish(draft, manifest, images)
        (job.out / "id").write_text(image.image_id)

    recipe = [file_digest(Path(module.__file__ or "")) for module in RECIPE]
    key = content_key(str(images), *_names(parts), tree.own_digest(), *recipe)
    result = shop.cache / "steps" / "image" / key / "id"
    if result.exists() and not (images / result.read_text() / store.MANIFEST).exists():
        remove_tree(result.parent)
    title = "Node image: root file system, hash tree, unified kernel, manifest"
    image_id = (shop.make("image", title, key, build) / "id").read_text()
    store.make_current(image_id, images)
    return store.get(image_id, images)


def _names(parts: Ingredients) -> Sequence[str]:
    """The content keys of the steps that made `parts`."""
    made = (parts.base.parent, parts.initrd.parent, parts.tools.root.parent)
    return [*(path.name for path in made), file_digest(parts.firmware), *parts.labels]


def _assemble(job: Job, parts: Ingredients) -> ImageManifest:
    """Fill `job.out` with the files of an image."""
    whole = tree.complete(job, parts.base, parts.node)
    root = filesystem.make_root(job, parts.tools, whole)
    os_release = whole / "usr/lib/os-release"
    roothash = filesystem.make_verity(job, parts.tools, root)
    (job.out / "cmdline").write_text(kernel.command_line(file_digest(root), roothash))
    shutil.copyfile(kernel.kernel(parts.tools), job.out / "vmlinuz")
    shutil.copyfile(parts.initrd, job.out / "initrd")
    shutil.copyfile(parts.firmware, job.out / "firmware.fd")
    kernel.make_uki(job, parts.tools, os_release)
    remove_tree(whole)
    return ImageManifest(
        versions=_versions(parts.tools),
        files={name: file_digest(job.out / name) for name in FILES},
        reference_values=measure.measure(job.out),
        labels=parts.labels,
    )


def _versions(tools: Chroot) -> dict[str, str]:
    return {
        "kubernetes": versions.KUBERNETES,
        "etcd": versions.ETCD_TAG,
        "coredns": versions.COREDNS_TAG,
        "debian": debian.NODE.suite,
        "kernel": kernel.release(tools),
    }
