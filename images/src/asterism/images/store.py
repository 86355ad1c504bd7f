"""The images of this host: IMAGES/ID/ with its manifest, and the link IMAGES/current."""

import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from asterism.config import paths
from asterism.errors import UserError
from asterism.images.keys import file_digest
from asterism.images.workshop import Workshop, exclusive, remove_tree
from asterism.measurement.manifest import ImageManifest, ManifestError

MANIFEST = "manifest.json"
CURRENT = "current"


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One image: its ID, where it lies, its manifest, its size in bytes, and if it is current."""

    image_id: str
    directory: Path
    manifest: ImageManifest
    size: int
    is_current: bool


def list_images(images: Path = paths.IMAGES) -> list[StoredImage]:
    """Every whole image, the newest first. What a broken build left is not one."""
    newest = sorted(images.glob(f"*/{MANIFEST}"), key=lambda p: p.stat().st_mtime, reverse=True)
    found = []
    for manifest in newest:
        if manifest.parent.name == CURRENT or manifest.parent.name.startswith("."):
            continue
        try:
            found.append(_load(images, manifest.parent.name))
        except (ManifestError, UserError):
            continue
    return found


def get(image_id: str, images: Path = paths.IMAGES) -> StoredImage:
    """The image `image_id`; UserError IMG-002 when it is not there, IMG-006 when it is damaged."""
    if not (images / image_id / MANIFEST).is_file():
        raise UserError("IMG-002", f"no image {image_id}")
    return _load(images, image_id)


def current(images: Path = paths.IMAGES) -> StoredImage:
    """The image that new machines boot; UserError IMG-002 when none was built."""
    if not (images / CURRENT / MANIFEST).is_file():
        raise UserError("IMG-002", "no image was built on this host")
    return get((images / CURRENT).resolve().name, images)


def publish(draft: Path, manifest: ImageManifest, images: Path = paths.IMAGES) -> StoredImage:
    """Move the finished directory `draft` to its place and make it current.

    An image that is there already is the same image: it stays, for machines may be running it.
    """
    (draft / MANIFEST).write_bytes(manifest.to_json())
    target = images / manifest.image_id
    if (target / MANIFEST).exists():
        remove_tree(draft)
    else:
        draft.rename(target)
    make_current(manifest.image_id, images)
    return get(manifest.image_id, images)


def make_current(image_id: str, images: Path = paths.IMAGES) -> None:
    """Let `current` lead to an image, in one step."""
    link = images / f".{CURRENT}"
    link.unlink(missing_ok=True)
    link.symlink_to(image_id)
    os.replace(link, images / CURRENT)


def require_intact(image: StoredImage) -> None:
    """Read every file of an image; UserError IMG-006 when one is not what the manifest says."""
    for name, expected in image.manifest.files.items():
        path = image.directory / name
        got = file_digest(path) if path.is_file() else "no file"
        if got != expected:
            raise UserError("IMG-006", f"{path} is damaged", expected=expected, got=got)


def prune(
    keep: Collection[str] = (),
    *,
    images: Path = paths.IMAGES,
    clusters: Path = paths.CLUSTERS,
    cache: Path = paths.CACHE,
) -> list[str]:
    """Remove every image but the current one, those in `keep` and those that a cluster names.

    Results of build steps that the last build did not use go too; what was removed, by name.
    """
    with exclusive(cache):
        removed = _prune_images(keep, images, clusters)
        old = Workshop(cache, lambda _: None).prune()
    return [*removed, *(f"{path.parent.name}/{path.name}" for path in old)]


def _prune_images(keep: Collection[str], images: Path, clusters: Path) -> list[str]:
    specs = _specifications(clusters)
    removed = []
    for directory in sorted(images.iterdir()) if images.is_dir() else []:
        name = directory.name
        if name == CURRENT or name in keep or directory == (images / CURRENT).resolve():
            continue
        if not any(name in spec for spec in specs):
            remove_tree(directory)
            removed.append(name)
    return removed


def _specifications(clusters: Path) -> list[str]:
    """What clusters and machines of this host are made of; they may be deleted meanwhile.

    A cluster names its image before any of its machines is made.
    """
    found = []
    for pattern in ("*/cluster.json", "*/machines/*/machine.json"):
        for path in clusters.glob(pattern):
            with suppress(FileNotFoundError):
                found.append(path.read_text())
    return found


def kubectl(cache: Path = paths.CACHE) -> Path:
    """The kubectl of the newest build, for the host; UserError IMG-002 when none was built."""
    program = cache / "bin" / "kubectl"
    if not program.exists():
        raise UserError("IMG-002", "no kubectl was built on this host")
    return program


def _load(images: Path, image_id: str) -> StoredImage:
    directory = images / image_id
    manifest = ImageManifest.from_json((directory / MANIFEST).read_bytes())
    if manifest.image_id != image_id:
        raise UserError("IMG-006", f"the manifest in {directory} is of image {manifest.image_id}")
    size = sum(path.stat().st_size for path in directory.iterdir())
    is_current = (images / CURRENT).resolve() == directory.resolve()
    return StoredImage(image_id, directory, manifest, size, is_current)
