"""Completion in the real shells: keys typed at a terminal, and what the shell makes of them."""

import os
import pty
import shutil
import sys
from pathlib import Path

import pytest

from asterism import clock

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]

REAL = Path(sys.executable).with_name("asterism")
SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "--no-rcs", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
LOAD = {
    "bash": "source <(asterism completion bash)",
    "zsh": "autoload -Uz compinit; compinit -D; source <(asterism completion zsh)",
    "fish": "asterism completion fish | source",
}
# Answers what a completion script asks for and the script itself; writes down all else.
STAND_IN = """#!/bin/sh
if [ -n "$_ASTERISM_COMPLETE" ] || [ "$1" = completion ]; then exec {real} "$@"; fi
printf '%s\\n' "$@" > {typed}.new && mv {typed}.new {typed}
"""
TYPED = [
    ("asterism clus\tver\t\n", ["cluster", "verify"]),
    ("asterism cluster cre\t--se\tnodes.w\t3\n", ["cluster", "create", "--set", "nodes.workers=3"]),
    (
        "asterism cluster create --set nodes.te\t\n",
        ["cluster", "create", "--set", "nodes.tee=snp"],
    ),
    ("asterism explain att-01\t\x7f\x7f\x7f\x7f\x7f\x7fCLU-001\n", ["explain", "CLU-001"]),
    ("asterism explain TLS-00\t1\n", ["explain", "TLS-001"]),
    ("asterism kube\tg\t\n", ["kubeconfig", "get"]),
]


class Terminal:
    """A shell at a pseudo terminal, with the stand-in on its PATH."""

    def __init__(self, shell: str, folder: Path) -> None:
        self.typed = folder / "typed"
        program = folder / "bin" / "asterism"
        program.parent.mkdir()
        program.write_text(STAND_IN.format(real=REAL, typed=self.typed))
        program.chmod(0o755)
        variables = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "TERM": "dumb",
            "LC_ALL": "C.UTF-8",
        }
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.execvpe(SHELLS[shell][0], SHELLS[shell], variables)  # noqa: S606 - it is a shell
        os.set_blocking(self.descriptor, False)
        self.said = b""

    def type(self, keys: str) -> None:
        """Type, a key group up to each TAB at a time, as a person who waits for it does."""
        for group in keys.replace("\t", "\t\0").split("\0"):
            os.write(self.descriptor, group.encode())
            if group.endswith("\t"):
                self.read(until_quiet=0.2)

    def read(self, *, until_quiet: float, at_most: float = 5.0) -> None:
        """Take what the shell says, until it says nothing more for a while."""
        heard, end = 0.0, clock.monotonic() + at_most
        while clock.monotonic() < end and not (heard and clock.monotonic() > heard + until_quiet):
            try:
                self.said += os.read(self.descriptor, 65536)
                heard = clock.monotonic()
            except BlockingIOError:
                clock.sleep(0.02)

    def arguments(self) -> list[str]:
        """What the shell has run the program with; waits for it."""
        until = clock.monotonic() + 10
        while not self.typed.exists():
            assert clock.monotonic() < until, self.said.decode(errors="replace")
            self.read(until_quiet=0.05, at_most=0.1)
        found = self.typed.read_text().splitlines()
        self.typed.unlink()
        return found

    def close(self) -> None:
        """End the shell."""
        os.close(self.descriptor)
        os.waitpid(self.pid, 0)


@pytest.mark.parametrize("shell", SHELLS)
def test_what_tab_makes_of_a_line_is_what_runs(shell: str, tmp_path: Path) -> None:
    """Commands, options, error IDs and settings are completed; `KEY=` waits for its value."""
    assert shutil.which(shell), f"{shell} is not installed; images/packages.sh installs it"
    terminal = Terminal(shell, tmp_path)
    try:
        terminal.type(f"{LOAD[shell]}\nasterism ready\n")
        assert terminal.arguments() == ["ready"]
        for keys, arguments in TYPED:
            terminal.type(keys)
            assert terminal.arguments() == arguments, terminal.said.decode(errors="replace")
    finally:
        terminal.close()
