"""The images of a host: found, made current, refused when damaged, pruned when unused."""

import json
from pathlib import Path

import pytest

from asterism.errors import UserError
from asterism.images import store
from asterism.images.keys import file_digest
from asterism.measurement.manifest import ImageManifest, ReferenceValues

VALUES = ReferenceValues({pcr: bytes(32) for pcr in (4, 9, 11)}, {1: bytes(48)})


def _publish(images: Path, content: bytes) -> store.StoredImage:
    images.mkdir(exist_ok=True)
    draft = images / ".draft"
    draft.mkdir()
    (draft / "root.erofs").write_bytes(content)
    digest = file_digest(draft / "root.erofs")
    manifest = ImageManifest({"kubernetes": "v1"}, {"root.erofs": digest}, VALUES)
    return store.publish(draft, manifest, images)


def test_the_newest_image_is_current(tmp_path: Path) -> None:
    """`current` follows each publication; both images stay listed."""
    first = _publish(tmp_path, b"1")
    second = _publish(tmp_path, b"2")
    assert store.current(tmp_path).image_id == second.image_id
    assert {image.image_id for image in store.list_images(tmp_path)} == {
        first.image_id,
        second.image_id,
    }


def test_the_same_image_twice_stays_as_it_was(tmp_path: Path) -> None:
    """Files that belong to an image, such as signatures, survive a build that gives it again."""
    image = _publish(tmp_path, b"1")
    (image.directory / "signature").write_text("signed")
    assert _publish(tmp_path, b"1").directory == image.directory
    assert (image.directory / "signature").exists()


def test_no_image_is_said_with_a_hint(tmp_path: Path) -> None:
    """An empty host is no crash."""
    with pytest.raises(UserError) as refused:
        store.current(tmp_path)
    assert refused.value.error_id == "IMG-002"
    assert store.list_images(tmp_path) == []


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    """The manifest names every file's digest."""
    image = _publish(tmp_path, b"1")
    store.require_intact(image)
    (image.directory / "root.erofs").write_bytes(b"2")
    with pytest.raises(UserError) as refused:
        store.require_intact(image)
    assert refused.value.error_id == "IMG-006"


def test_a_manifest_under_another_id_is_refused(tmp_path: Path) -> None:
    """A directory's name is the manifest's digest, so a replaced manifest shows."""
    image = _publish(tmp_path, b"1")
    image.directory.rename(tmp_path / ("0" * 16))
    with pytest.raises(UserError) as refused:
        store.get("0" * 16, tmp_path)
    assert refused.value.error_id == "IMG-006"


def test_prune_keeps_current_named_and_used_images(tmp_path: Path) -> None:
    """Used is what a machine's specification names."""
    images, clusters = tmp_path / "images", tmp_path / "clusters"
    unused, named, used, newest = (_publish(images, bytes([n])) for n in range(4))
    machine = clusters / "local" / "machines" / "local-cp-1"
    machine.mkdir(parents=True)
    (machine / "machine.json").write_text(f'{{"image_dir": "{used.directory}"}}')
    gone = store.prune([named.image_id], images=images, clusters=clusters, cache=tmp_path / "cache")
    assert gone == [unused.image_id]
    left = {image.image_id for image in store.list_images(images)}
    assert left == {named.image_id, used.image_id, newest.image_id}


def test_prune_keeps_the_image_of_a_cluster_whose_machines_are_yet_to_come(tmp_path: Path) -> None:
    """A create that was killed before it made a machine finds its image when it goes on."""
    images, clusters = tmp_path / "images", tmp_path / "clusters"
    wanted, _ = _publish(images, b"wanted"), _publish(images, b"current")
    (clusters / "c").mkdir(parents=True)
    record = clusters / "c" / "cluster.json"
    record.write_text(json.dumps({"image": str(wanted.directory)}))
    assert store.prune(images=images, clusters=clusters, cache=tmp_path / "cache") == []
    record.unlink()
    gone = store.prune(images=images, clusters=clusters, cache=tmp_path / "cache")
    assert gone == [wanted.image_id]


def test_kubectl_is_asked_for_before_any_build(tmp_path: Path) -> None:
    """The hint leads to the build."""
    with pytest.raises(UserError) as refused:
        store.kubectl(tmp_path)
    assert refused.value.error_id == "IMG-002"
