"""What the host sees of processes."""

import os
import subprocess
import sys

from asterism.e2e import processes


def test_a_child_is_among_the_descendants_with_its_command_and_memory() -> None:
    """A sleeping child of this process is below this process's parent."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in processes.descendants(os.getppid())
        assert processes.command_of(child.pid).endswith("-c input()")
        assert processes.proportional_memory(os.getpid()) > 0
        assert processes.pids_inside(child.pid)[0] == child.pid
        assert processes.cgroups_of(child.pid) == processes.cgroups_of(os.getpid())
    finally:
        child.communicate()


def test_the_dead_have_no_properties() -> None:
    """A process that ended is not listed and has neither command nor control group."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert child.pid not in processes.everything()
    assert processes.command_of(child.pid) == ""
    assert processes.cgroups_of(child.pid) == ""
    assert processes.pids_inside(child.pid) == []
