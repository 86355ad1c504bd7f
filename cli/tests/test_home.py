"""Whose files are used, and who may read them."""

import os
import pwd
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from asterism.cluster.home import OwnerHome


def test_the_callers_home_is_used(tmp_path: Path) -> None:
    """HOME, and XDG_CONFIG_HOME if it is absolute."""
    plain = OwnerHome.current({"HOME": str(tmp_path)})
    assert plain.config == tmp_path / ".config" / "asterism"
    chosen = OwnerHome.current({"HOME": str(tmp_path), "XDG_CONFIG_HOME": "/elsewhere"})
    assert chosen.config == Path("/elsewhere/asterism")
    relative = OwnerHome.current({"HOME": str(tmp_path), "XDG_CONFIG_HOME": "elsewhere"})
    assert relative.config == plain.config


def test_sudo_means_the_user_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As root, SUDO_UID decides whose home it is; as anybody else it is not believed."""
    someone = next(entry for entry in pwd.getpwall() if entry.pw_uid not in (0, os.getuid()))
    variables = {"HOME": "/root", "SUDO_UID": str(someone.pw_uid)}
    monkeypatch.setattr("asterism.cluster.home.os.geteuid", lambda: 0)
    home = OwnerHome.current(variables)
    assert home.home == Path(someone.pw_dir)
    assert home.account.uid == someone.pw_uid
    monkeypatch.setattr("asterism.cluster.home.os.geteuid", lambda: 1234)
    assert OwnerHome.current(variables).home == Path("/root")


def test_what_is_written_is_private(home: OwnerHome) -> None:
    """Directories 0700, files 0600, replaced as a whole."""
    path = home.pins_directory / "local.json"
    home.write(path, b"one")
    home.write(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.config.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_the_owner_key_is_made_once(home: OwnerHome) -> None:
    """The second command finds the first one's."""
    assert not home.has_owner_key
    assert home.owner_key_made().public == home.owner_key_made().public
    assert home.has_owner_key


def test_several_first_commands_at_once_make_one_owner_key(home: OwnerHome) -> None:
    """None of them fails, and all of them have the same."""
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: home.owner_key_made().public, range(16)))
    assert set(keys) == {home.owner_key().public}
