"""Control groups of a node."""

import os
import subprocess
from pathlib import Path

import pytest

from asterism.errors import ProvisionError, UserError
from asterism.machine.providers.sandbox import cgroups, devices
from asterism.machine.providers.sandbox.cgroups import V1_CONTROLLERS, Hierarchies

LABEL = f"test.cgroups-{os.getpid()}"


def make_unified(root: Path, offered: str) -> None:
    """A directory that looks like a unified hierarchy."""
    (root / "cgroup.controllers").write_text(offered)


def make_v1(root: Path, names: tuple[str, ...]) -> None:
    """A directory that looks like version 1 hierarchies."""
    for name in names:
        (root / name).mkdir()
        (root / name / "cgroup.procs").touch()


def test_finds_the_unified_hierarchy(tmp_path: Path) -> None:
    """One group, all controllers in it."""
    make_unified(tmp_path, "cpuset cpu io memory hugetlb pids")
    found = Hierarchies.of_host(tmp_path)
    assert found.unified
    assert found.groups_of("c.m") == (tmp_path / "asterism/c.m",)


def test_finds_version_1(tmp_path: Path) -> None:
    """One group in each hierarchy."""
    make_v1(tmp_path, V1_CONTROLLERS)
    found = Hierarchies.of_host(tmp_path)
    assert not found.unified
    assert len(found.groups_of("c.m")) == len(V1_CONTROLLERS)


def test_makes_and_delegates_unified_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controllers are switched on above the node's group, not in it; devices are refused."""
    refused: list[Path] = []
    monkeypatch.setattr(devices, "deny_v2", refused.append)
    make_unified(tmp_path, "cpuset cpu io memory pids")
    Hierarchies.of_host(tmp_path).make("c.m")
    for folder in (tmp_path, tmp_path / "asterism"):
        assert "+memory" in (folder / "cgroup.subtree_control").read_text()
    assert not (tmp_path / "asterism/c.m/cgroup.subtree_control").exists()
    assert refused == [tmp_path / "asterism/c.m"]


def test_limits_memory_of_unified_groups(tmp_path: Path) -> None:
    """For the node's group as a whole, and without a way out into swap."""
    make_unified(tmp_path, "cpuset cpu io memory pids")
    group = tmp_path / "asterism/c.m"
    group.mkdir(parents=True)
    Hierarchies.of_host(tmp_path).limit_memory("c.m", 512)
    assert (group / "memory.max").read_text() == str(512 << 20)
    assert (group / "memory.swap.max").read_text() == "0"


def test_limits_memory_of_version_1_groups(tmp_path: Path) -> None:
    """In the memory hierarchy only."""
    make_v1(tmp_path, V1_CONTROLLERS)
    group = tmp_path / "memory/asterism/c.m"
    group.mkdir(parents=True)
    Hierarchies.of_host(tmp_path).limit_memory("c.m", 512)
    assert (group / "memory.limit_in_bytes").read_text() == str(512 << 20)


@pytest.mark.parametrize("offered", ["", "cpu io pids"])
def test_refuses_a_host_without_controllers(tmp_path: Path, offered: str) -> None:
    """What is missing is named by the host table's ID."""
    make_unified(tmp_path, offered)
    with pytest.raises(UserError, match="memory") as refused:
        Hierarchies.of_host(tmp_path)
    assert refused.value.error_id == "HST-003"


def test_refuses_a_host_without_hierarchies(tmp_path: Path) -> None:
    """An empty /sys/fs/cgroup is refused too."""
    with pytest.raises(UserError, match="systemd"):
        Hierarchies.of_host(tmp_path)


@pytest.mark.root
def test_joins_and_removes_groups() -> None:
    """A process joins all of them; they go when it has ended, with everything below."""
    host = Hierarchies.of_host()
    groups = host.groups_of(LABEL)
    host.make(LABEL)
    try:
        pid = os.fork()
        if pid == 0:
            try:
                host.join(LABEL)
                os.execvp("sleep", ["sleep", "30"])  # noqa: S606
            finally:
                os._exit(1)
        subprocess.run(["sleep", "0.1"], check=True)
        assert all(str(pid) in (group / "cgroup.procs").read_text().split() for group in groups)
        (groups[0] / "below").mkdir()
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    finally:
        cgroups.remove(groups)
    assert not any(group.exists() for group in groups)


@pytest.mark.root
def test_names_a_group_that_does_not_become_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that stays is told, not waited for without end."""
    monkeypatch.setattr(cgroups, "REMOVE_SECONDS", 0.05)
    host = Hierarchies.of_host()
    groups = host.groups_of(LABEL)
    host.make(LABEL)
    with subprocess.Popen(["sleep", "30"]) as sleeper:
        (groups[0] / "cgroup.procs").write_text(str(sleeper.pid))
        with pytest.raises(ProvisionError) as refused:
            cgroups.remove(groups)
        sleeper.kill()
    assert refused.value.error_id == "MCH-011"
    cgroups.remove(groups)
