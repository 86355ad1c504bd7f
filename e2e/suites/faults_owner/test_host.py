"""A host that lacks something: an ID, what was found and how to mend it, and nothing was begun."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterism import proc
from asterism.e2e.factory import unique_name
from asterism.e2e.home import Home, program
from asterism.e2e.private_mounts import asterism_with, hidden, read_only, small
from asterism.errors import ExitCode

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.usefixtures("nothing_left")]

CLUSTERS = "/var/lib/asterism/clusters"
CGROUPS = "/sys/fs/cgroup"

LACKING = {
    "HST-003": hidden(CGROUPS),
    "HST-010": hidden("/dev"),
    "HST-008": small(CLUSTERS, 4096),
    "HST-016": read_only(CLUSTERS),
}


@pytest.mark.parametrize("error_id", LACKING)
def test_what_is_missing_is_named_with_its_remedy(error_id: str, asterism_home: Home) -> None:
    """By `doctor` and by `create`, with the exit code for the host."""
    mounts = LACKING[error_id]
    found = asterism_with(asterism_home, "doctor", "-o", "json", mounts=mounts)
    assert found.returncode == ExitCode.HOST_PRECONDITION, found.stderr.decode()
    failed = {c["error"]: c["fix"] for c in json.loads(found.text)["checks"] if not c["ok"]}
    assert failed[error_id]
    refused = asterism_with(asterism_home, "cluster", "create", unique_name(), mounts=mounts)
    assert refused.returncode == ExitCode.HOST_PRECONDITION
    assert f"[{error_id}]" in refused.stderr.decode()
    assert "hint:" in refused.stderr.decode()


def test_missing_programs_are_named(asterism_home: Home) -> None:
    """A path without them is enough."""
    done = asterism_home.asterism(
        "cluster", "create", unique_name(), check=False, extra={"PATH": "/nonexistent"}
    )
    assert done.returncode == ExitCode.HOST_PRECONDITION
    assert "[HST-006]" in done.stderr.decode()
    assert "swtpm" in done.stderr.decode()


def test_without_root_the_caller_is_told_to_use_sudo(tmp_path: Path) -> None:
    """Said at once, and `doctor` says it among the rest."""
    home = Home.make(tmp_path / "home")
    for folder in (tmp_path, home.folder, *home.folder.iterdir()):
        os.chown(folder, 65534, 65534)
    for words, error_id in ((["cluster", "create", "x"], "CLU-008"), (["doctor"], "HST-001")):
        done = as_nobody(home, *words)
        assert done.returncode == ExitCode.HOST_PRECONDITION, done.stderr.decode()
        assert f"[{error_id}]" in done.text + done.stderr.decode()
        assert "sudo" in done.text + done.stderr.decode()


def as_nobody(home: Home, *arguments: str) -> proc.Completed:
    """Run the command line without root; skips where others may not read the checkout."""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if proc.run([*nobody, *program(), "version"], check=False, env=home.environment()).returncode:
        pytest.skip("the checkout is not readable for other users")
    return proc.run([*nobody, *program(), *arguments], check=False, env=home.environment())


@pytest.mark.parametrize("name", ["disk", "all"])
def test_a_check_that_was_ignored_by_name_does_not_refuse(name: str, asterism_home: Home) -> None:
    """What comes behind it does: here the missing image, so that nothing is begun."""
    done = asterism_with(
        asterism_home, "cluster", "create", unique_name(), "--ignore-check", name,
        "--image", "no-such-image", mounts=small(CLUSTERS, 4096),
    )  # fmt: skip
    assert "[IMG-002]" in done.stderr.decode()


@pytest.mark.parametrize("name", ["root", "control-groups", "nonsense"])
def test_what_nothing_works_without_cannot_be_ignored(name: str, asterism_home: Home) -> None:
    """Nor can what does not exist; those that can be are listed."""
    done = asterism_home.asterism("cluster", "create", "--ignore-check", name, check=False)
    assert done.returncode == ExitCode.USAGE
    assert "memory" in done.stderr.decode()


@pytest.fixture
def untouched(asterism_home: Home) -> Iterator[None]:
    """Every file of the owner's home is as before."""
    before = files_of(asterism_home)
    yield
    assert files_of(asterism_home) == before


def files_of(home: Home) -> dict[str, bytes]:
    """Contents of all files of a home by name."""
    return {str(p): p.read_bytes() for p in home.folder.rglob("*") if p.is_file()}


@pytest.mark.usefixtures("untouched")
def test_a_home_that_is_read_only_refuses_before_anything_is_made(asterism_home: Home) -> None:
    """An ID instead of a traceback, and no half-written file."""
    mounts = read_only(asterism_home.folder)
    done = asterism_with(asterism_home, "cluster", "create", unique_name(), mounts=mounts)
    assert done.returncode == ExitCode.HOST_PRECONDITION
    assert "[FIL-003]" in done.stderr.decode()


BROKEN = {b"{ this is : no [ YAML": "KCF-002", b"[1, 2]": "KCF-002", b"\xff\xfe": "KCF-002"}


@pytest.mark.parametrize("content", BROKEN, ids=repr)
def test_a_broken_kubeconfig_is_left_alone_and_nothing_is_made(
    content: bytes, asterism_home: Home, tmp_path: Path
) -> None:
    """It is looked at before the first machine."""
    path = tmp_path / "kubeconfig"
    path.write_bytes(content)
    done = asterism_home.asterism(
        "cluster", "create", unique_name(), "--kubeconfig", path, check=False
    )
    assert done.returncode == ExitCode.CONFIG_INVALID
    assert f"[{BROKEN[content]}]" in done.stderr.decode()
    assert path.read_bytes() == content


def test_a_locked_kubeconfig_is_a_conflict_and_nothing_is_made(
    asterism_home: Home, tmp_path: Path
) -> None:
    """The lock of somebody else is not broken."""
    path = tmp_path / "kubeconfig"
    lock = tmp_path / "kubeconfig.lock"
    lock.touch()
    done = asterism_home.asterism(
        "cluster", "create", unique_name(), "--kubeconfig", path, check=False
    )
    assert done.returncode == ExitCode.CONFLICT
    assert "[KCF-001]" in done.stderr.decode()
    assert lock.exists()
    assert not path.exists()
