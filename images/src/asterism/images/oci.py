"""Container images as one OCI image layout in a tar file, the same bytes for the same contents.

OCI Image Format Specification 1.1: image-layout.md, manifest.md, config.md. Layers are plain tar
files: they are unpacked once at image build, so compressing them would only cost time.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

LAYER = "application/vnd.oci.image.layer.v1.tar"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
EPOCH = "1970-01-01T00:00:00Z"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PLATFORM = {"architecture": "amd64", "os": "linux"}


@dataclass(frozen=True, slots=True)
class File:
    """A file of a layer: its path, its content or where that lies, and whether it can be run.

    With `setuid` it runs as root whoever starts it.
    """

    path: str
    content: bytes | Path
    executable: bool = False
    setuid: bool = False

    @property
    def mode(self) -> int:
        """Its permission bits."""
        return (0o4000 if self.setuid else 0) | (0o755 if self.executable else 0o644)

    def read(self) -> bytes:
        """The content."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link of a layer."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class Directory:
    """An otherwise empty directory of a layer; parents of files need not be named."""

    path: str
    mode: int = 0o755


Entry = File | Link | Directory


@dataclass(frozen=True, slots=True)
class Image:
    """One container image: its full name with tag, its layers from the lowest, what it runs.

    `user` is the number of the user that it runs as, root's if it is empty.
    """

    name: str
    layers: tuple[bytes, ...] = field(repr=False)
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""


def layer(entries: Iterable[Entry]) -> bytes:
    """The tar file of a layer. Everything belongs to root and carries the time 0."""
    buffer = io.BytesIO()
    known: set[str] = set()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries:
            _add(archive, known, entry)
    return buffer.getvalue()


def write_layout(out: Path, images: Iterable[Image]) -> None:
    """Write the layout of `images` as a tar file, in the form that `ctr images import` reads."""
    blobs: dict[str, bytes] = {}
    index = {
        "schemaVersion": 2,
        "manifests": [_image(blobs, image) for image in images],
    }
    with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as archive:
        _put(archive, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _put(archive, "index.json", _json(index))
        for digest, content in blobs.items():
            _put(archive, "blobs/" + digest.replace(":", "/"), content)


def _image(blobs: dict[str, bytes], image: Image) -> dict[str, object]:
    layers = [_blob(blobs, LAYER, content) for content in image.layers]
    config: dict[str, object] = {
        **PLATFORM,
        "created": EPOCH,
        "config": _runtime_config(image),
        "rootfs": {"type": "layers", "diff_ids": [item["digest"] for item in layers]},
        "history": [{"created": EPOCH} for _ in layers],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _blob(blobs, CONFIG, _json(config)),
        "layers": layers,
    }
    tag = image.name.rpartition(":")[2]
    names = {"io.containerd.image.name": image.name, "org.opencontainers.image.ref.name": tag}
    described = _blob(blobs, MANIFEST, _json(manifest))
    return {**described, "platform": PLATFORM, "annotations": names}


def _runtime_config(image: Image) -> dict[str, object]:
    config: dict[str, object] = {"Env": [PATH], "WorkingDir": "/"}
    if image.entrypoint:
        config["Entrypoint"] = list(image.entrypoint)
    if image.command:
        config["Cmd"] = list(image.command)
    if image.user:
        config["User"] = image.user
    return config


def _blob(blobs: dict[str, bytes], media_type: str, content: bytes) -> dict[str, object]:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    blobs[digest] = content
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _add(archive: tarfile.TarFile, known: set[str], entry: Entry) -> None:
    path = entry.path.strip("/")
    if isinstance(entry, Directory):
        _directories(archive, known, path, entry.mode)
        return
    _directories(archive, known, path.rpartition("/")[0], 0o755)
    if isinstance(entry, File):
        _put(archive, path, entry.read(), entry.mode)
    else:
        link = tarfile.TarInfo(path)
        link.type, link.linkname, link.mode = tarfile.SYMTYPE, entry.target, 0o777
        archive.addfile(link)


def _directories(archive: tarfile.TarFile, known: set[str], path: str, mode: int) -> None:
    if not path or path in known:
        return
    _directories(archive, known, path.rpartition("/")[0], 0o755)
    known.add(path)
    info = tarfile.TarInfo(path)
    info.type, info.mode = tarfile.DIRTYPE, mode
    archive.addfile(info)


def _put(archive: tarfile.TarFile, path: str, content: bytes, mode: int = 0o644) -> None:
    info = tarfile.TarInfo(path)
    info.size, info.mode = len(content), mode
    archive.addfile(info, io.BytesIO(content))
