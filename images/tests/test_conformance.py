"""The suite's images: what they may hold, and where busybox goes."""

import io
import json
import tarfile
from pathlib import Path

from asterism.images import locks
from asterism.images.conformance import busybox, catalogue, debian_root, programs
from asterism.images.golang import KUBE, SuiteBinary
from asterism.images.oci import File, Image, layer, write_layout


def test_applets_are_known_by_name(tmp_path: Path) -> None:
    """Whatever directory busybox would put them in: specs look for all of them in /bin."""
    (tmp_path / "busybox.links").write_text("/bin/ash\n/usr/bin/wget\n/linuxrc\n/sbin/ip\n")
    assert busybox.applets(tmp_path) == ["ash", "ip", "wget"]


def test_a_setuid_program_keeps_its_bit() -> None:
    """The image of the privilege escalation specs needs it."""
    content = layer([File("nnp", b"x", executable=True, setuid=True)])
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        assert archive.getmember("nnp").mode == 0o4755


def test_an_image_may_name_its_user(tmp_path: Path) -> None:
    """Containers without a user of their own then run as that one."""
    write_layout(tmp_path / "x.tar", [Image("example.org/a:1", (layer([]),), user="1234")])
    with tarfile.open(tmp_path / "x.tar") as archive:
        blobs = [archive.extractfile(member) for member in archive.getmembers()]
        texts = [blob.read() for blob in blobs if blob is not None]
    configs = [json.loads(text) for text in texts if b'"rootfs"' in text]
    assert [found["config"]["User"] for found in configs] == ["1234"]


def test_every_package_of_the_images_is_locked() -> None:
    """A package without a version would come as the archive has it that day."""
    locked = locks.parse(debian_root.LOCK.read_text())["conformance"]
    assert set(debian_root.ROOT.packages) <= {package.name for package in locked}


def test_the_test_binary_does_not_change_how_the_node_is_built() -> None:
    """Programs of a node and of the suite share a builder, not a key."""
    assert not any(isinstance(program, SuiteBinary) for program in KUBE)
    assert [p.name for p in programs.PROGRAMS if isinstance(p, SuiteBinary)] == ["e2e.test"]


def test_tools_of_images_are_absolute_paths_below_usr() -> None:
    """Only what lies below usr is found again in a merged root."""
    tools = (*catalogue.NETWORK_TOOLS, *catalogue.DNS_TOOLS)
    assert all(path.startswith("/usr/") for path in tools)
