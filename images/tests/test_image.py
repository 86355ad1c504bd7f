"""The built image: found again at once, made of what it says, measured as others measure it."""

import subprocess
import time
from pathlib import Path

import pytest

from asterism.images import build, debian, filesystem, kernel, locks, store
from asterism.images.chroot import Chroot
from asterism.images.measure import measure
from asterism.images.progress import State, Step
from asterism.images.workshop import Job
from asterism.measurement.uki import Uki

pytestmark = [pytest.mark.root, pytest.mark.image]


@pytest.fixture(scope="module")
def image() -> store.StoredImage:
    """The current image of this host."""
    return store.current()


def _tools() -> Chroot:
    """The tools root of the last build."""
    roots = Path("/var/cache/asterism/steps/debian-tools").glob("*/root")
    return Chroot(max(roots, key=lambda path: path.parent.stat().st_mtime))


def test_files_are_those_of_the_manifest(image: store.StoredImage) -> None:
    """Nothing was changed since the build."""
    assert set(image.manifest.files) == set(build.FILES)
    store.require_intact(image)


def test_a_second_build_does_nothing() -> None:
    """Everything is found by its key, within two seconds."""
    build.build_image(progress=lambda _: None)
    seen: list[Step] = []
    started = time.monotonic()
    build.build_image(progress=seen.append)
    assert time.monotonic() - started < 2
    assert {step.state for step in seen if not step.note} == {State.CACHED}


def test_reference_values_come_from_the_files_alone(image: store.StoredImage) -> None:
    """Whoever has the files gets the manifest's values."""
    assert measure(image.directory).to_plain() == image.manifest.reference_values.to_plain()


def test_register_11_is_what_systemd_predicts(image: store.StoredImage, tmp_path: Path) -> None:
    """systemd-measure, an implementation of its own, gives the same value for phase `ready`."""
    log = tmp_path / "log"
    log.write_bytes(b"")
    job, tools = Job(tmp_path, log), _tools()
    uki = "/mnt/image/uki.efi"
    words = ["linux", "osrel", "cmdline", "initrd", "uname", "sbat"]
    dump = [w for n in words for w in ("--dump-section", f".{n}=/mnt/out/{n}")]
    binds = {image.directory: "/mnt/image", tmp_path: "/mnt/out"}
    tools.run(job, "objcopy", *dump, uki, "/mnt/out/rest", binds=binds)
    said = tools.run(
        job,
        "/usr/lib/systemd/systemd-measure",
        "calculate",
        "--bank=sha256",
        "--phase=enter-initrd:leave-initrd:sysinit:ready",
        *(f"--{name}=/mnt/out/{name}" for name in words),
        binds=binds,
    )
    predicted = image.manifest.reference_values.pcrs[11].hex()
    assert f"11:sha256={predicted}" in said.decode()


def test_the_hash_tree_is_that_of_the_root(image: store.StoredImage, tmp_path: Path) -> None:
    """veritysetup, reading every block, accepts the root with the hash in the command line."""
    log = tmp_path / "log"
    log.write_bytes(b"")
    words = Uki.read(image.directory / "uki.efi").cmdline.split()
    (roothash,) = (word.removeprefix("roothash=") for word in words if word.startswith("roothash="))
    files = ("/mnt/image/root.erofs", "/mnt/image/root.verity")
    argv = ("veritysetup", "verify", *files, roothash)
    _tools().run(Job(tmp_path, log), *argv, binds={image.directory: "/mnt/image"})


def test_a_tree_gives_the_same_files_each_time(tmp_path: Path) -> None:
    """erofs and hash tree of equal trees are equal, whatever the times of the files."""
    outputs = []
    for name in ("one", "two"):
        out = tmp_path / name
        (out / "tree").mkdir(parents=True)
        (out / "tree" / "file").write_bytes(b"x" * 10_000)
        (out / "log").write_bytes(b"")
        job = Job(out, out / "log")
        root = filesystem.make_root(job, _tools(), out / "tree")
        roothash = filesystem.make_verity(job, _tools(), root)
        outputs.append((roothash, root.read_bytes(), (out / "root.verity").read_bytes()))
    assert outputs[0] == outputs[1]


def test_the_root_holds_what_a_node_needs(image: store.StoredImage, tmp_path: Path) -> None:
    """Mounted, it has the agent's code, the units, the seed, and no state of the build host."""
    with_mount = ["unshare", "--mount", "--propagation", "private", "sh", "-euc"]
    script = 'mount -t erofs -o ro "$1" "$2"; cd "$2"; shift 2; exec "$@"'
    checks = """
        test -x usr/bin/kube && test -L usr/bin/kubelet && test -x usr/lib/cni/bridge
        test -e usr/lib/asterism/python/asterism/bootstrapper/__init__.py
        test -e usr/lib/asterism/containerd/id && test -s usr/lib/asterism/containerd/fstab
        test -e usr/lib/systemd/system/node.target && test -d usr/lib/modules
        test ! -e var/log/journal && test ! -s etc/machine-id && test ! -e etc/apt
        test "$(cat etc/hostname)" = localhost
        test "$(readlink etc/systemd/system/systemd-pcrmachine.service)" = /dev/null
        ls usr/lib/asterism/python/asterism/bootstrapper/__pycache__/*.cpython-313.pyc >/dev/null
    """
    root = str(image.directory / "root.erofs")
    argv = [*with_mount, script, "look", root, str(tmp_path), "sh", "-euxc", checks]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_command_line_names_the_root_twice(image: store.StoredImage) -> None:
    """By the digest of the file and by the root of the hash tree, and as it was made."""
    cmdline = Uki.read(image.directory / "uki.efi").cmdline
    assert cmdline == (image.directory / "cmdline").read_text()
    words = dict(word.partition("=")[::2] for word in cmdline.split())
    named = words["asterism.root"].removeprefix("sha256:")
    assert named == image.manifest.files["root.erofs"]
    assert cmdline == kernel.command_line(named, words["roothash"])


def test_the_image_is_locked(image: store.StoredImage) -> None:
    """While the archive has the locked packages, the image is made of exactly those."""
    if "unlocked" in image.manifest.labels:
        pytest.skip("the archive no longer has the locked versions")
    lock = debian.committed_lock()
    made = Path("/var/cache/asterism/steps/debian-root").glob("*/packages.lock")
    newest = max(made, key=lambda path: path.parent.stat().st_mtime)
    assert locks.parse(newest.read_text())["root"] == lock["root"]
