"""Standard streams that are closed, full or unread: the exit code tells, and no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from asterism.errors import ExitCode

ASTERISM = Path(sys.executable).with_name("asterism")
MISSING = "cluster status no-such-cluster"


def shell(line: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a line of bash; `asterism` is that of this environment."""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line.replace("asterism", str(ASTERISM))],
        capture_output=True,
        check=False,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"asterism {MISSING} 2>&-", ExitCode.NOT_FOUND),
        (f"asterism {MISSING} 2>/dev/full", ExitCode.NOT_FOUND),
        (f"asterism {MISSING} 2>&1 >/dev/null | true", ExitCode.NOT_FOUND),
        ("asterism version >&-", ExitCode.OK),
        ("asterism version <&-", ExitCode.OK),
    ],
)
def test_nobody_has_to_listen(line: str, code: ExitCode) -> None:
    """Closed and full standard error, and a closed standard output."""
    found, _, errors = shell(line)
    assert found == code, errors
    assert "Traceback" not in errors


def test_a_reader_that_leaves_is_not_told(tmp_path: Path) -> None:
    """As `head` does; the code is that of an unfinished command."""
    code, output, errors = shell(
        f"asterism explain | head -1; echo ${{PIPESTATUS[0]}} >{tmp_path}/c"
    )
    assert code == 0
    assert output.startswith("ID ")
    assert not errors
    assert int((tmp_path / "c").read_text()) in (ExitCode.OK, ExitCode.FAILURE)


def test_output_that_cannot_be_written_is_an_error() -> None:
    """A full disk is not taken for success."""
    code, _, errors = shell("asterism version >/dev/full")
    assert code == ExitCode.HOST_PRECONDITION
    assert "error[FIL-003]" in errors
