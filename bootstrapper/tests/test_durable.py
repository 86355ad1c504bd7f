"""Files that survive: whole or as they were, also on a disk that has no byte left."""

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterism import proc
from asterism.bootstrapper import durable
from asterism.errors import ProvisionError

PAGE = 4096


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 pages."""
    folder = tmp_path / "disk"
    folder.mkdir()
    proc.run(["mount", "-t", "tmpfs", "-o", f"size={16 * PAGE}", "tmpfs", folder])
    yield folder
    proc.run(["umount", folder])


def fill(folder: Path) -> None:
    """Leave no page of a file system free."""
    with (folder / "ballast").open("wb", buffering=0) as file:
        free = os.statvfs(folder).f_bavail
        file.write(bytes(free * PAGE))
    assert os.statvfs(folder).f_bavail == 0


@pytest.mark.root
def test_a_full_disk_keeps_the_old_file(tiny: Path) -> None:
    """The error is told by its ID, and no half-written file stays beside the old one."""
    file = tiny / "state.json"
    durable.write_json(file, {"kept": 1})
    fill(tiny)
    before = sorted(tiny.iterdir())
    with pytest.raises(ProvisionError, match="MCH-134"):
        durable.write_json(file, {"kept": list(range(10_000))})
    assert json.loads(file.read_text()) == {"kept": 1}
    assert sorted(tiny.iterdir()) == before


@pytest.mark.root
def test_writing_works_again_when_there_is_space(tiny: Path) -> None:
    """Nothing has to be cleaned up but what filled the disk."""
    file = tiny / "state.json"
    durable.write_json(file, {"kept": 1})
    fill(tiny)
    with pytest.raises(ProvisionError, match="MCH-134"):
        durable.write(file, bytes(3 * PAGE))
    (tiny / "ballast").unlink()
    durable.write_json(file, {"kept": 2})
    assert durable.read_json(file) == {"kept": 2}


def test_a_failed_sync_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the disk did not confirm does not take the old file's place."""
    file = tmp_path / "state"
    durable.write(file, b"old")

    def fail(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ProvisionError, match="MCH-134"):
        durable.write(file, b"new")
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
