"""Files that commands leave behind."""

import os
import subprocess
import sys
from pathlib import Path

from asterism.e2e.residue import Residue, temporary_files_in


def test_a_file_in_a_folder_of_ones_own_is_seen(tmp_path: Path) -> None:
    """At any depth; what kubectl keeps is not ours."""
    before = Residue.found(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "left").touch()
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "cache").touch()
    added = [path for path in Residue.found(tmp_path).added_since(before) if str(tmp_path) in path]
    wanted = ["a", "a/b", "a/b/left"]
    assert added == [str(tmp_path / name) for name in wanted]


def test_temporary_files_of_commands_go_to_the_folder(tmp_path: Path) -> None:
    """And the variable is as before afterwards."""
    before = os.environ.get("TMPDIR")
    make = "import tempfile; tempfile.NamedTemporaryFile(delete=False)"
    with temporary_files_in(tmp_path / "tmp"):
        subprocess.run([sys.executable, "-c", make], check=True)
    assert len(list((tmp_path / "tmp").iterdir())) == 1
    assert os.environ.get("TMPDIR") == before
