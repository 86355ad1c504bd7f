"""Kills a command of the owner's at a given moment, as a crash or an impatient user would."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from asterism.e2e.home import Home


def run_and_kill(home: Home, arguments: Sequence[str], *, seconds: float, log: Path) -> bool:
    """Run `asterism ARGUMENTS` and SIGKILL its process group after `seconds`.

    Whether it was killed; False if it had ended by then. Its output goes to `log`.
    """
    running = home.start_asterism(*arguments, log=log)
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        return True
    finally:
        if running.poll() is None:
            running.kill()
            running.wait()
    return False
