"""The OCI layout: always the same bytes, and what it says of itself is true."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

from asterism.images.oci import Directory, File, Image, Link, layer, write_layout

ENTRIES = (
    File("usr/bin/program", b"\x7fELF", executable=True),
    File("etc/passwd", b"root:x:0:0::/:/\n"),
    Link("usr/bin/alias", "program"),
    Directory("tmp", 0o1777),
)


def _read(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        members = [(member, archive.extractfile(member)) for member in archive.getmembers()]
        return {member.name: stream.read() for member, stream in members if stream}


def _layout(path: Path) -> dict[str, bytes]:
    base = layer(ENTRIES)
    other = layer([File("one", b"1")])
    images = [
        Image("example.org/a:1", (base, other), ("/usr/bin/program",)),
        Image("example.org/b:2", (base,), command=("x",)),
    ]
    write_layout(path, images)
    return _read(path)


def test_a_layer_is_the_same_bytes_each_time() -> None:
    """No time, owner or order of the host gets in."""
    assert layer(ENTRIES) == layer(ENTRIES)


def test_a_layer_holds_parents_modes_and_links() -> None:
    """Parents come before their files; everything belongs to root at time 0."""
    with tarfile.open(fileobj=io.BytesIO(layer(ENTRIES))) as archive:
        members = {member.name: member for member in archive.getmembers()}
    assert list(members)[:3] == ["usr", "usr/bin", "usr/bin/program"]
    assert members["usr/bin/program"].mode == 0o755
    assert members["etc/passwd"].mode == 0o644
    assert members["tmp"].mode == 0o1777
    assert members["usr/bin/alias"].linkname == "program"
    assert all((m.uid, m.gid, m.mtime) == (0, 0, 0) for m in members.values())


def test_a_layout_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    """Two writings of equal images do not differ."""
    _layout(tmp_path / "one.tar")
    _layout(tmp_path / "two.tar")
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_every_blob_is_named_by_its_digest(tmp_path: Path) -> None:
    """OCI image layout: blobs/sha256/HEX has that SHA-256."""
    files = _layout(tmp_path / "layout.tar")
    blobs = {name: data for name, data in files.items() if name.startswith("blobs/sha256/")}
    assert blobs
    assert all(hashlib.sha256(data).hexdigest() == name[13:] for name, data in blobs.items())


def test_images_share_layers_and_name_them_rightly(tmp_path: Path) -> None:
    """A shared layer is one blob; diff IDs are the digests of the uncompressed layers."""
    files = _layout(tmp_path / "layout.tar")
    index = json.loads(files["index.json"])
    manifests = [json.loads(files[_path(item["digest"])]) for item in index["manifests"]]
    first, second = ([item["digest"] for item in m["layers"]] for m in manifests)
    assert first[0] == second[0]
    for manifest in manifests:
        config = json.loads(files[_path(manifest["config"]["digest"])])
        assert config["rootfs"]["diff_ids"] == [item["digest"] for item in manifest["layers"]]
        assert manifest["config"]["size"] == len(files[_path(manifest["config"]["digest"])])
    assert index["manifests"][0]["annotations"]["io.containerd.image.name"] == "example.org/a:1"


def _path(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")
