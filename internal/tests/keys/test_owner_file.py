"""The owner's key on the disk: whose it is, who may read it, and when it is safe."""

import os
import stat
from pathlib import Path

import pytest

from asterism.errors import UserError
from asterism.keys.owner import FILE_NAME, OwnerKey


def refusal(directory: Path) -> str:
    """The ID for which the key of `directory` is not used."""
    with pytest.raises(UserError) as caught:
        OwnerKey.load(directory)
    return caught.value.error_id


def test_no_key_is_made_where_others_could_replace_it(tmp_path: Path) -> None:
    """A directory that is there already must be private: DOC-010, and nothing is written."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    with pytest.raises(UserError) as caught:
        OwnerKey.create(shared)
    assert caught.value.error_id == "DOC-010"
    assert list(shared.iterdir()) == []


def test_a_private_directory_is_used_and_a_missing_one_made(tmp_path: Path) -> None:
    """With all that leads to it."""
    (tmp_path / "there").mkdir(mode=0o700)
    assert OwnerKey.create(tmp_path / "there").public
    assert OwnerKey.create(tmp_path / "a" / "b" / "c").public


def test_a_key_is_on_the_disk_before_anybody_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster whose owner key was lost with the power could never be changed again."""
    file = tmp_path / "keys" / FILE_NAME
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(file.read_bytes()))
    OwnerKey.create(tmp_path / "keys")
    assert synced == [file.read_bytes()]


def test_a_key_made_under_sudo_belongs_to_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the directory does: root must not lock the owner out of his own key."""
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fchown", lambda _, user, group: given.append((user, group)))
    OwnerKey.create(tmp_path / "keys")
    status = (tmp_path / "keys").stat()
    assert given == [(status.st_uid, status.st_gid)]


@pytest.mark.parametrize("user", [1234, 4321, 0])
def test_a_key_is_for_its_user_and_for_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    """Private to another user is not private to us: DOC-010. Root acts for the user behind sudo."""
    made = OwnerKey.create(tmp_path / "keys")
    real = Path.lstat

    def lstat(path: Path) -> os.stat_result:
        fields = list(real(path))
        fields[stat.ST_UID] = 4321
        return os.stat_result(fields)

    monkeypatch.setattr(Path, "lstat", lstat)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    if user == 1234:
        assert refusal(tmp_path / "keys") == "DOC-010"
    else:
        assert OwnerKey.load(tmp_path / "keys").public == made.public


def test_each_reason_has_its_id(tmp_path: Path) -> None:
    """None, not private, a link, not a key."""
    assert refusal(tmp_path) == "DOC-009"
    keys = tmp_path / "keys"
    OwnerKey.create(keys)
    (tmp_path / "link").symlink_to(keys)
    assert refusal(tmp_path / "link") == "DOC-010"
    (keys / FILE_NAME).write_bytes(b"xy")
    assert refusal(keys) == "DOC-011"
    (keys / FILE_NAME).chmod(0o604)
    assert refusal(keys) == "DOC-010"
