"""Commands at a terminal."""

import os
import pty
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from asterism import clock
from asterism.e2e.home import Home, program

AtTerminal = Callable[..., tuple[int, str]]
"""Arguments, `keys` to type and `extra` variables; the exit code and all that was shown."""

TIMEOUT = 60.0

Refused = Callable[..., tuple[int, str]]


@pytest.fixture
def refused() -> Refused:
    """Exit code and message of a command of some home that fails and has no result."""

    def run(home: Home, *arguments: str | Path) -> tuple[int, str]:
        done = home.asterism(*arguments, check=False)
        assert done.stdout == b"", done.text
        return done.returncode, done.stderr.decode()

    return run


@pytest.fixture
def at_terminal(asterism_home: Home) -> AtTerminal:
    """Runs a command whose input, output and errors are a pseudo terminal."""

    def run(
        *arguments: str, keys: str = "", extra: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        variables = asterism_home.environment() | {"TERM": "xterm"} | dict(extra or {})
        words = [*program(), *arguments]
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(words[0], words, variables)  # noqa: S606 - the program itself
        shown = _converse(terminal, keys)
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        return os.waitstatus_to_exitcode(status), shown.decode(errors="replace")

    return run


def _converse(terminal: int, keys: str) -> bytes:
    """Type `keys` once something was asked; everything that is shown until the program ends."""
    shown, until = b"", clock.monotonic() + TIMEOUT
    while clock.monotonic() < until:
        try:
            heard = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            return shown
        shown += heard
        if keys and b"[y/N]" in shown:
            os.write(terminal, keys.encode())
            keys = ""
    raise AssertionError(shown.decode(errors="replace"))
