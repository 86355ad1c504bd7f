"""A machine's directory."""

import fcntl
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from asterism.errors import UserError
from asterism.machine.files import lock_file, write_whole
from asterism.machine.identity import ProcessId
from asterism.machine.spec import MachineSpec
from asterism.machine.store import MachineDir, MachineState, machines_in


def test_state_survives_its_json_form() -> None:
    """Everything that cleaning up needs is read back."""
    state = MachineState("running", ProcessId.own(), ProcessId.own(), ("/a", "/b"), 400, None)
    assert MachineState.from_json(state.to_json()) == state


@pytest.mark.parametrize("text", ["", "{}", '{"phase": "dreaming"}', "[]"])
def test_unreadable_state_is_none(clusters: Path, text: str) -> None:
    """An interrupted or damaged write does not keep a machine from being removed."""
    machine = MachineDir.of("c1", "m1")
    machine.make()
    machine.state_file.write_text(text)
    assert machine.state() is None
    assert machine.path.is_relative_to(clusters)


def test_update_keeps_other_fields(clusters: Path) -> None:
    """One writer changes one fact."""
    machine = MachineDir.of("c1", "m1")
    machine.make()
    machine.write_state(MachineState("starting", cgroups=("/a",)))
    machine.update_state(phase="running")
    assert machine.state() == MachineState("running", cgroups=("/a",))
    assert clusters.exists()


def test_secrets_are_private(clusters: Path) -> None:
    """Documents and what the node shares with its host are root's alone."""
    machine = MachineDir.of("c1", "m1")
    machine.make()
    write_whole(machine.spec_file, b"{}")
    assert machine.spec_file.stat().st_mode & 0o077 == 0
    for folder in (machine.host, machine.tpm, machine.disk / "etcd", machine.disk / "asterism"):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert clusters.exists()


def test_missing_machine_is_named(clusters: Path) -> None:
    """Asking for a machine that is not there gives the ID for it."""
    with pytest.raises(UserError) as refused:
        MachineDir.of("c1", "m1").spec()
    assert refused.value.error_id == "MCH-002"
    assert not clusters.exists()


def test_lists_half_made_machines(clusters: Path, spec: MachineSpec) -> None:
    """A directory without a specification is listed, a lock is not."""
    whole = MachineDir.of("c1", "m1")
    whole.make()
    whole.spec_file.write_text(spec.to_json())
    MachineDir.of("c1", "m2").path.mkdir()
    with MachineDir.of("c1", "m3").locked():
        pass
    assert [machine.machine for machine in machines_in(clusters / "c1")] == ["m1", "m2"]


def test_who_waited_for_a_removed_lock_takes_the_new_one(tmp_path: Path) -> None:
    """Otherwise two would hold the lock of one name: each its own file."""
    path = tmp_path / "folder/lock"
    with ThreadPoolExecutor() as pool:
        with lock_file(path):
            waiting = pool.submit(_take, path)
            time.sleep(0.05)
            shutil.rmtree(path.parent)
        assert waiting.result() == path.stat().st_ino


def _take(path: Path) -> int:
    with lock_file(path) as descriptor:
        return os.fstat(descriptor).st_ino


def test_a_lock_is_held_by_whom_it_was_given_to(tmp_path: Path) -> None:
    """The starter of a process may be killed; its lock goes on until the process lets go."""
    path = tmp_path / "lock"
    with lock_file(path) as descriptor:
        given = os.dup(descriptor)
    with path.open() as other:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(given)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_an_interrupted_write_leaves_nothing(tmp_path: Path) -> None:
    """Neither half a document nor a file beside it."""
    (tmp_path / "state.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "state.json", b"{}")
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "x" * 64])
def test_names_cannot_leave_the_directory(name: str) -> None:
    """A name from a request never becomes a path of its own choice."""
    with pytest.raises(UserError):
        MachineDir.of("c1", name)


def test_interface_names_fit() -> None:
    """Long names are hashed: an interface name holds 15 bytes."""
    long = MachineDir.of("c" * 30, "m" * 63)
    assert len(long.link) <= 15
    assert long.link != MachineDir.of("c" * 30, "m" * 62).link
