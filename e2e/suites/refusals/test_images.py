"""Images that a host has tampered with, against the command line: refused, and their twins."""

from pathlib import Path

import pytest

from asterism.e2e import hostile, twins
from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, Wanted, unique_name
from asterism.e2e.refused import expect_refusal
from asterism.e2e.tampered import TamperedImage

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(180)]

LSM = "lsm=landlock,lockdown,yama,apparmor"
OTHER_COMMAND_LINE = (LSM, "init=/bin/sh".ljust(len(LSM)))


@pytest.fixture
def image(image_folder: Path, tmp_path: Path) -> TamperedImage:
    """A copy of the node image, not changed yet."""
    return TamperedImage.of(image_folder, tmp_path / "image")


@pytest.fixture
def bystander(confidential_cluster: Cluster) -> Cluster:
    """The running cluster, which no refusal may disturb."""
    return confidential_cluster


def expect_create_refused(clusters: ClusterFactory, image: TamperedImage, *error_ids: str) -> None:
    """`create` from `image` ends with exit code 6 and names every one of `error_ids`."""
    cluster = clusters.adopt(unique_name())
    wanted = Wanted(image=str(image.folder), workers=0)
    done = clusters.home.asterism(
        "--log-format", "json", "cluster", "create", cluster.name, *wanted.arguments(), check=False
    )
    expect_refusal(done, *error_ids)


def expect_create_works(clusters: ClusterFactory, image: TamperedImage) -> None:
    """With the owner's word for it, a cluster of `image` comes up."""
    twins.load("V05").vouch(image, clusters.home)
    clusters.create(Wanted(image=str(image.folder), workers=0)).wait_ready()


@pytest.mark.attack("P07", refused="MCH-131")
def test_one_changed_byte_in_the_root_file_is_refused(
    clusters: ClusterFactory, image: TamperedImage, bystander: Cluster
) -> None:
    """P07: the root file is not the one that the measured command line names: nothing boots."""
    image.flip_root_byte()
    expect_create_refused(clusters, image, "MCH-131")
    bystander.wait_ready()


@pytest.mark.twin("P07")
def test_twin_of_one_changed_byte_in_the_root_file(
    clusters: ClusterFactory, image: TamperedImage
) -> None:
    """P07: firmware that does not compare the root file with the command line boots it."""
    image.flip_root_byte()
    misled = ClusterFactory(hostile.on_host(clusters.home, twins.host_code("P07")))
    try:
        misled.create(Wanted(image=str(image.folder), workers=0)).wait_ready()
    finally:
        misled.close()


@pytest.mark.attack("V05", refused=("ATT-110", "ATT-210"))
def test_a_changed_root_with_its_changed_hash_is_refused(
    clusters: ClusterFactory, image: TamperedImage, bystander: Cluster
) -> None:
    """V05: it boots, but the command line was measured: launch digest and registers differ."""
    image.flip_root_byte()
    image.name_the_root_as_it_is()
    expect_create_refused(clusters, image, "ATT-110", "ATT-210")
    bystander.wait_ready()


@pytest.mark.twin("V05")
def test_twin_of_a_changed_root_with_its_changed_hash(
    clusters: ClusterFactory, image: TamperedImage
) -> None:
    """V05: with reference values of the tampered image the same host gets its cluster."""
    image.flip_root_byte()
    image.name_the_root_as_it_is()
    expect_create_works(clusters, image)


@pytest.mark.attack("V05", refused=("ATT-110", "ATT-210"))
def test_a_changed_command_line_is_refused(
    clusters: ClusterFactory, image: TamperedImage, bystander: Cluster
) -> None:
    """V05: nothing but one word of the kernel's command line: a shell in the place of init."""
    image.change_command_line(*OTHER_COMMAND_LINE)
    expect_create_refused(clusters, image, "ATT-110", "ATT-210")
    bystander.wait_ready()


@pytest.mark.twin("V05")
def test_twin_of_a_changed_command_line(clusters: ClusterFactory, image: TamperedImage) -> None:
    """V05: the owner's word for that command line lets it in."""
    image.change_command_line(*OTHER_COMMAND_LINE)
    expect_create_works(clusters, image)
