"""The checks of `asterism doctor`."""

from pathlib import Path

import pytest

from asterism.errors import ExitCode, UserError
from asterism.errors.catalogue import entry
from asterism.machine import preflight


def test_every_check_has_a_fix() -> None:
    """Each outcome names an ID of the host table, whose exit code is for the host."""
    found = preflight.checks()
    assert len({check.name for check in found}) == len(found)
    for check in found:
        assert check.fix
        assert entry(check.error_id).exit_code is ExitCode.HOST_PRECONDITION


def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not installed is listed."""
    monkeypatch.setenv("PATH", "/nonexistent")
    check = next(check for check in preflight.checks() if check.name == "programs")
    assert not check.ok
    assert "swtpm" in check.found


def test_too_little_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """More nodes need more memory; requiring raises the first failure."""
    monkeypatch.setattr(preflight, "_root", lambda: "root")
    monkeypatch.setattr(preflight, "_control_groups", lambda: "version 2")
    with pytest.raises(UserError) as refused:
        preflight.require(control_planes=10_000, workers=0)
    assert refused.value.error_id == "HST-007"


def test_unknown_file_system_is_refused(tmp_path: Path) -> None:
    """A file system that neither kernel nor modules have is not there."""
    with pytest.raises(preflight._Lacking):
        preflight._file_system("nosuchfs")
    assert tmp_path.exists()
