"""The one door to other programs: argument lists only, bounded time, readable failures."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from asterism.errors import ProvisionError

TAIL_LINES = 12


@dataclass(frozen=True, slots=True)
class Completed:
    """A finished program: its exit code and what it wrote."""

    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output, decoded."""
        return self.stdout.decode(errors="replace")


def run(
    argv: Sequence[str | Path],
    *,
    stdin: bytes = b"",
    timeout: float = 120.0,
    check: bool = True,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Completed:
    """Run `argv` to its end, at most `timeout` seconds, without a shell.

    Raises ProvisionError INT-002 with the last lines of the program's output when it cannot be
    started, runs too long or (with `check`) exits other than 0.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(  # noqa: TID251 - this is the door
            words,
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
            env=None if env is None else dict(env),
            cwd=cwd,
        )
    except FileNotFoundError as exc:
        raise _failure(words, "it is not installed", b"") from exc
    except subprocess.TimeoutExpired as exc:
        raise _failure(words, f"no end after {timeout:g} s", exc.stderr or b"") from exc
    completed = Completed(done.returncode, done.stdout, done.stderr)
    if check and completed.returncode != 0:
        output = completed.stderr or completed.stdout
        raise _failure(words, f"exit code {completed.returncode}", output)
    return completed


def _failure(words: list[str], reason: str, output: bytes) -> ProvisionError:
    tail = "\n".join(output.decode(errors="replace").splitlines()[-TAIL_LINES:])
    command = shlex.join(words)
    return ProvisionError("INT-002", f"{words[0]}: {reason}", command=command, output=tail)
