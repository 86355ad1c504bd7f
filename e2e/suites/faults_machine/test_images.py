"""Image files that change: before a machine boots from them, and while it runs."""

from pathlib import Path

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, Wanted, unique_name
from asterism.e2e.faults.told import error_of
from asterism.e2e.tampered import TamperedImage
from asterism.e2e.waiting import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(240)]

ROOT = "root.erofs"
UKI = "uki.efi"


@pytest.fixture
def image(image_folder: Path, tmp_path: Path) -> TamperedImage:
    """An image of the test's own."""
    return TamperedImage.of(image_folder, tmp_path / "image")


@pytest.mark.parametrize(("file", "error_id"), [(ROOT, "MCH-131"), (UKI, "MCH-111")])
@pytest.mark.usefixtures("nothing_added")
def test_a_truncated_file_is_refused_before_anything_boots(
    file: str, error_id: str, clusters: ClusterFactory, image: TamperedImage
) -> None:
    """The firmware says which; the cluster can be deleted."""
    shorten(image, file)
    cluster = clusters.adopt(unique_name())
    wanted = Wanted(image=str(image.folder), workers=0).arguments()
    error = error_of(cluster, "cluster", "create", cluster.name, *wanted)
    assert error["error"] == error_id, error
    clusters.delete(cluster)


@pytest.mark.usefixtures("nothing_added")
def test_a_running_machine_does_not_outlive_its_image(
    clusters: ClusterFactory, image: TamperedImage
) -> None:
    """A changed root file costs the machine its power, and no machine starts from it."""
    own_root(image)
    cluster = clusters.create(Wanted(image=str(image.folder), workers=0))
    machine = cluster.control_planes[0]
    init = machine.init
    flip(image.folder / ROOT)
    assert init.wait(60), "the node runs on over a changed root"
    eventually(lambda: expect_failed(cluster, "MCH-133"), within=10)
    told = error_of(cluster, "cluster", "verify", cluster.name)
    assert (told["error"], told["facts"]["ended_by"]) == ("MCH-019", "MCH-133")
    refused = error_of(cluster, "cluster", "create", cluster.name)
    assert refused["error"] == "MCH-131", refused
    clusters.delete(cluster)


def expect_failed(cluster: Cluster, error_id: str) -> None:
    """The host's record names what ended the machine."""
    assert cluster.control_planes[0].state.error == error_id


def own_root(image: TamperedImage) -> None:
    """Share the root file with the genuine image no longer."""
    root = image.folder / ROOT
    copy = root.with_name(f".{ROOT}")
    copy.write_bytes(root.read_bytes())
    copy.replace(root)


def shorten(image: TamperedImage, file: str) -> None:
    """Leave the first half of a file, the genuine image's untouched."""
    path = image.folder / file
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])


def flip(path: Path) -> None:
    """Change one bit of a file where it is."""
    with path.open("r+b") as file:
        first = file.read(1)[0]
        file.seek(0)
        file.write(bytes([first ^ 1]))
