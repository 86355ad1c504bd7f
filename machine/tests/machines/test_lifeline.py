"""Work ends with whoever started it."""

import os
import select
import subprocess
import sys
from pathlib import Path

WORKER = """
import subprocess, sys, time
from pathlib import Path
from asterism.machine import lifeline

lifeline.hold(int(sys.argv[1]), lambda: Path(sys.argv[2]).unlink())
subprocess.run(["setsid", "--fork", sys.executable, "-c", sys.argv[3]], close_fds=False)
time.sleep(60)
"""
ORPHAN = "import os, time; os.write(1, b'.'); time.sleep(60)"


def test_a_worker_and_its_orphans_end_when_the_starters_pipe_closes(tmp_path: Path) -> None:
    """A process with a session of its own goes too, and what is left is cleaned."""
    mark = tmp_path / "left"
    mark.touch()
    watched, held = os.pipe()
    output, orphans_end = os.pipe()
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(watched), str(mark), ORPHAN],
        stdout=orphans_end,
        pass_fds=(watched,),
    )
    os.close(watched)
    os.close(orphans_end)
    assert os.read(output, 1) == b"."
    os.close(held)
    assert worker.wait(10) == 1
    assert not mark.exists()
    assert select.select([output], [], [], 10)[0], "the orphan lives"
    assert os.read(output, 1) == b"", "nobody holds the orphan's output any more"
    os.close(output)


def test_a_worker_whose_starter_has_gone_does_not_begin(tmp_path: Path) -> None:
    """It notices at once, not when it is too late."""
    mark = tmp_path / "left"
    mark.touch()
    watched, held = os.pipe()
    os.close(held)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(watched), str(mark), ORPHAN], pass_fds=(watched,)
    )
    os.close(watched)
    assert worker.wait(10) == 1
    assert not mark.exists()
