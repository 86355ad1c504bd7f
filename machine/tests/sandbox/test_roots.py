"""The measured root, mounted once for all nodes."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterism.errors import ProvisionError
from asterism.machine import kernel
from asterism.machine.image_files import FileVersion, require_unchanged
from asterism.machine.kernel import Mount
from asterism.machine.providers.sandbox import loop, roots

pytestmark = pytest.mark.root


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A tiny erofs file."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "hello").write_text("hello")
    subprocess.run(
        ["mkfs.erofs", "-T0", str(tmp_path / "root.erofs"), str(tree)],
        check=True,
        capture_output=True,
    )
    return tmp_path / "root.erofs"


@pytest.fixture(autouse=True)
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Mounts go to the test's own directory and are given back."""
    monkeypatch.setattr(roots, "RUN", tmp_path / "roots")
    yield
    for label in ("c.a", "c.b"):
        roots.release(label)
    assert not list((tmp_path / "roots").glob("*"))


def test_nodes_share_one_mount(image: Path) -> None:
    """The second node gets the first one's; the last release unmounts."""
    with image.open("rb") as file:
        first = roots.acquire(file.fileno(), FileVersion.of(file.fileno()), "c.a")
        second = roots.acquire(file.fileno(), FileVersion.of(file.fileno()), "c.b")
    assert first == second
    assert (first / "hello").read_text() == "hello"
    roots.release("c.a")
    assert first.is_mount()
    roots.release("c.b")
    assert not first.exists()


def test_a_file_written_to_between_measuring_and_mounting_is_refused(image: Path) -> None:
    """Also when another node runs the version that was measured; nothing stays mounted."""
    with image.open("rb") as file:
        measured = FileVersion.of(file.fileno())
        roots.acquire(file.fileno(), measured, "c.a")
        image.touch()
        with pytest.raises(ProvisionError, match="MCH-008"):
            roots.acquire(file.fileno(), measured, "c.b")
    roots.release("c.a")
    assert not list(roots.RUN.iterdir())


@pytest.mark.parametrize("parts", [(), ("users",), ("mount",), ("users", "mount")])
def test_what_a_killed_process_left_half_made_goes(parts: tuple[str, ...]) -> None:
    """At whatever step of making or removing a root it was killed."""
    folder = roots.RUN / "0123"
    folder.mkdir(parents=True)
    for part in parts:
        (folder / part).mkdir()
    roots.release("c.a")
    assert not folder.exists()


def test_a_changed_file_is_another_root(image: Path) -> None:
    """After a write, even of the same bytes, the old mount is not given out."""
    with image.open("r+b") as file:
        before = FileVersion.of(file.fileno())
        first = roots.acquire(file.fileno(), FileVersion.of(file.fileno()), "c.a")
        file.write(file.read(1) and b"\0")
        file.flush()
        second = roots.acquire(file.fileno(), FileVersion.of(file.fileno()), "c.b")
        assert first != second
        with pytest.raises(ProvisionError) as refused:
            require_unchanged(file.fileno(), before)
    assert refused.value.error_id == "MCH-008"


def test_a_file_that_is_no_erofs_is_refused(tmp_path: Path) -> None:
    """Nothing of the failed attempt stays."""
    other = tmp_path / "other"
    other.write_bytes(bytes(1 << 20))
    with other.open("rb") as file, pytest.raises(ProvisionError) as refused:
        roots.acquire(file.fileno(), FileVersion.of(file.fileno()), "c.a")
    assert refused.value.error_id == "MCH-018"


def test_loop_device_goes_with_its_mount(image: Path, tmp_path: Path) -> None:
    """The fallback for older kernels leaves no loop device behind."""
    target = tmp_path / "mount"
    target.mkdir()
    with image.open("rb") as file, loop.attached(file.fileno()) as device:
        kernel.mount(device, target, "erofs", Mount.RDONLY)
    assert (target / "hello").read_text() == "hello"
    kernel.unmount(target)
    backing = Path("/sys/block", Path(device).name, "loop/backing_file")
    assert not backing.exists() or str(image) not in backing.read_text()
