"""A user's kubeconfig is changed only where it is ours, and is never broken or opened up."""

import os
import stat
from pathlib import Path

import pytest
import yaml

from asterism.errors import UserError
from asterism.kube import kubeconfig, lock_file
from asterism.kube.kubeconfig import Entry, KubeconfigFile

FOREIGN = """\
apiVersion: v1
kind: Config
preferences: {colors: true}
clusters:
- name: work
  cluster: {server: https://10.0.0.1:6443, future-field: [1, 2]}
contexts:
- name: on
  context: {cluster: work, user: me}
users:
- name: me
  user: {token: 12:34:56, since: 2026-01-02}
current-context: on
"""


@pytest.fixture
def entry() -> Entry:
    return Entry(
        name="asterism-local",
        server="https://127.0.0.1:4000",
        server_name="kubernetes",
        authority=b"ca",
        certificate=b"cert",
        key=b"key",
        extension={"clusterID": "ab" * 32, "emulated": True},
    )


@pytest.fixture
def file(tmp_path: Path) -> KubeconfigFile:
    path = tmp_path / "config"
    path.write_text(FOREIGN)
    path.chmod(0o644)
    return KubeconfigFile(path)


def load(file: KubeconfigFile) -> dict[str, object]:
    loaded = file.read()
    assert isinstance(loaded, dict)
    return loaded


def test_a_new_file_is_private_and_complete(tmp_path: Path, entry: Entry) -> None:
    """A missing file and its directories are made for their owner alone."""
    path = tmp_path / "home" / ".kube" / "config"
    assert KubeconfigFile(path).merge(entry, switch=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    document = yaml.safe_load(path.read_text())
    assert document["current-context"] == "asterism-local"
    assert document["clusters"][0]["cluster"]["extensions"][0]["extension"]["emulated"] is True


def test_merge_leaves_everything_else_as_it_was(file: KubeconfigFile, entry: Entry) -> None:
    """Foreign entries, unknown fields and unquoted oddities survive; the mode is tightened."""
    before = load(file)
    file.merge(entry, switch=False)
    after = load(file)
    for section in kubeconfig.SECTIONS:
        assert after[section][:1] == before[section]  # type: ignore[index]
        assert after[section][1]["name"] == "asterism-local"  # type: ignore[index]
    assert after["current-context"] == "on"
    assert after["preferences"] == {"colors": True}
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_merge_twice_replaces_ours_in_place(file: KubeconfigFile, entry: Entry) -> None:
    """A second merge leaves one entry of the name and says that nothing was switched."""
    assert file.merge(entry, switch=True)
    assert not file.merge(entry, switch=True)
    assert len(load(file)["clusters"]) == 2  # type: ignore[arg-type]


def test_remove_undoes_merge(file: KubeconfigFile, entry: Entry) -> None:
    """After remove the document is what it was, but for a context that no longer exists."""
    before = load(file)
    file.merge(entry, switch=True)
    assert file.remove("asterism-local")
    assert load(file) == {**before, "current-context": ""}
    assert not file.remove("asterism-local")


def test_an_entry_of_another_origin_is_neither_replaced_nor_removed(
    tmp_path: Path, entry: Entry
) -> None:
    """An entry of our name without our mark stays."""
    path = tmp_path / "config"
    path.write_text("clusters: [{name: asterism-local, cluster: {server: https://x}}]\n")
    with pytest.raises(UserError, match="KCF-003"):
        KubeconfigFile(path).merge(entry, switch=True)
    assert not KubeconfigFile(path).remove("asterism-local")
    assert "https://x" in path.read_text()


@pytest.mark.parametrize("text", ["- a", "clusters: 3", "a: [", "clusters: [3]"])
def test_what_is_not_a_kubeconfig_is_left_alone(tmp_path: Path, entry: Entry, text: str) -> None:
    """A damaged file is refused and not overwritten."""
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(UserError, match="KCF-002"):
        KubeconfigFile(path).merge(entry, switch=True)
    assert path.read_text() == text
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_held_lock_is_respected(
    file: KubeconfigFile, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While kubectl holds its lock file, we wait and then say so."""
    monkeypatch.setattr(lock_file, "PATIENCE", 0.1)
    lock = file.path.with_name("config.lock")
    lock.touch()
    with pytest.raises(UserError, match="KCF-001"):
        file.merge(entry, switch=True)
    assert lock.exists()
    lock.unlink()
    file.merge(entry, switch=True)
    assert not lock.exists()


def test_the_lock_of_a_killed_command_of_ours_is_broken(
    file: KubeconfigFile, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that names a process that is gone; not one whose process lives."""
    monkeypatch.setattr(lock_file, "PATIENCE", 0.1)
    lock = file.path.with_name("config.lock")
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()
    lock.write_text(f"asterism {os.getpid()} 1 {boot}")
    file.merge(entry, switch=True)
    assert not lock.exists()
    with lock_file.locked(file.path), pytest.raises(UserError, match="KCF-001"):
        file.merge(entry, switch=True)
    assert sorted(file.path.parent.iterdir()) == [file.path]


def test_a_symbolic_link_stays_one(tmp_path: Path, entry: Entry) -> None:
    """The file behind a link is replaced, not the link."""
    real, link = tmp_path / "real", tmp_path / "config"
    real.write_text(FOREIGN)
    link.symlink_to(real)
    KubeconfigFile(link).merge(entry, switch=True)
    assert link.is_symlink()
    assert "asterism-local" in real.read_text()


def test_the_search_path_follows_client_go(tmp_path: Path) -> None:
    """An explicit file wins, then $KUBECONFIG's list, then ~/.kube/config."""
    first, second = tmp_path / "a", tmp_path / "b"
    listed = f"{first}{os.pathsep}{os.pathsep}{second}"
    assert kubeconfig.search_path(tmp_path, listed, tmp_path / "x") == [tmp_path / "x"]
    assert kubeconfig.search_path(tmp_path, listed, None) == [first, second]
    assert kubeconfig.search_path(tmp_path, None, None) == [tmp_path / ".kube" / "config"]
    assert kubeconfig.merge_target([first, second]) == second
    first.touch()
    assert kubeconfig.merge_target([first, second]) == first
