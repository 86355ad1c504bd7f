"""Devices that a node's groups refuse, on both versions of control groups."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from asterism.machine.providers.sandbox import devices

pytestmark = pytest.mark.root

V1 = Path("/sys/fs/cgroup/devices")
V2 = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))


@pytest.fixture(params=["version 1", "version 2"])
def group(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A group that refuses them, on each hierarchy that this host has."""
    first = request.param == "version 1"
    found = [place for place in ((V1,) if first else V2) if (place / "cgroup.procs").exists()]
    if not found or (found[0] / "devices.deny").exists() != first:
        pytest.skip(f"this host has no device groups of {request.param}")
    made = found[0] / f"asterism-test-{os.getpid()}"
    made.mkdir()
    try:
        (devices.deny_v1 if first else devices.deny_v2)(made)
        yield made
    finally:
        made.rmdir()


def inside(group: Path, act: Callable[[], object]) -> int:
    """The error number that `act` ends with in a process of `group`, 0 for none."""
    pid = os.fork()
    if pid == 0:
        try:
            (group / "cgroup.procs").write_text("0")
            act()
        except OSError as exc:
            os._exit(exc.errno or 255)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("major_minor", [(1, 1), (1, 11), (4, 64), (10, 237)])
def test_denied_character_devices_are_made_but_not_opened(
    group: Path, tmp_path: Path, major_minor: tuple[int, int]
) -> None:
    """Containers may make any device file."""
    file = tmp_path / "device"
    assert (
        inside(group, lambda: os.mknod(file, stat.S_IFCHR | 0o600, os.makedev(*major_minor))) == 0
    )
    assert inside(group, lambda: os.open(file, os.O_RDONLY)) == 1


def test_disks_are_made_but_not_opened(group: Path, tmp_path: Path) -> None:
    """Whatever their numbers are."""
    numbers = Path("/proc/partitions").read_text().splitlines()[2].split()[:2]
    file = tmp_path / "disk"
    device = os.makedev(*map(int, numbers))
    assert inside(group, lambda: os.mknod(file, stat.S_IFBLK | 0o600, device)) == 0
    assert inside(group, lambda: os.open(file, os.O_RDONLY)) == 1


@pytest.mark.parametrize("name", ["null", "zero", "urandom", "full", "fuse"])
def test_a_node_s_own_devices_work(group: Path, name: str) -> None:
    """Those that the node's /dev holds."""
    assert inside(group, lambda: os.open(f"/dev/{name}", os.O_RDWR)) == 0
