"""Where steps run: each result is kept under its content key, each step has a log and reports.

CACHE/steps/NAME/KEY/    a finished result; it appears in one rename, so it is whole or absent
CACHE/logs/NAME.log      what the programs of the last run of that step said
"""

import contextlib
import fcntl
import os
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from asterism import clock, proc
from asterism.errors import Error, ProvisionError
from asterism.images.progress import Progress, State, Step

LONG = 3600.0
"""Seconds that a single program of a build may take: linking Kubernetes on one slow core."""


@dataclass(frozen=True, slots=True)
class Job:
    """One running step: an empty directory to fill, and a log that its programs write to."""

    out: Path
    log: Path

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> bytes:
        """Run a program and log what it says; its standard output. ProvisionError if it fails."""
        words = [str(word) for word in argv]
        done = proc.run(
            words, env={**neutral(os.environ), **(env or {})}, cwd=cwd, timeout=LONG, check=False
        )
        with self.log.open("ab") as stream:
            stream.write(f"$ {shlex.join(words)}\n".encode() + done.stdout + done.stderr)
        if done.returncode != 0:
            raise ProvisionError("IMG-001", f"{Path(words[0]).name}: exit code {done.returncode}")
        return done.stdout


def neutral(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without what would change how a Python of the build works."""
    return {name: value for name, value in environment.items() if not name.startswith("PYTHON")}


class Workshop:
    """The cache directory and the reports of one build."""

    def __init__(self, cache: Path, progress: Progress) -> None:
        self.cache = cache
        self._steps = cache / "steps"
        self._logs = cache / "logs"
        self._progress = progress
        self._logs.mkdir(parents=True, exist_ok=True)

    def make(self, name: str, title: str, key: str, produce: Callable[[Job], None]) -> Path:
        """The result of step `name` for `key`, made now if it is not in the cache.

        Raises ProvisionError IMG-001, naming the log, when the step fails.
        """
        result = self._steps / name / key
        log = self._logs / f"{name}.log"
        if result.is_dir():
            os.utime(result)
            self._progress(Step(name, title, State.CACHED, log=log))
            return result
        started = clock.monotonic()
        self._progress(Step(name, title, State.STARTED, log=log))
        try:
            self._produce(result, log, produce)
        except (Error, OSError) as exc:
            seconds = clock.monotonic() - started
            self._progress(Step(name, title, State.FAILED, seconds, log))
            raise _failed(name, log, exc) from exc
        self._progress(Step(name, title, State.DONE, clock.monotonic() - started, log))
        return result

    def _produce(self, result: Path, log: Path, produce: Callable[[Job], None]) -> None:
        draft = result.with_name(f".{result.name}.draft")
        remove_tree(draft)
        draft.mkdir(parents=True)
        log.write_bytes(b"")
        produce(Job(draft, log))
        draft.rename(result)

    def note(self, name: str, text: str) -> None:
        """Tell the caller something about step `name` that is not a failure."""
        self._progress(Step(name, "", State.DONE, note=text))

    def prune(self) -> list[Path]:
        """Remove every result but the last used one of each step; return what was removed."""
        removed = []
        for step in sorted(self._steps.glob("*")):
            results = sorted(step.iterdir(), key=lambda p: p.stat().st_mtime, reverse=True)
            for old in results[1:]:
                remove_tree(old)
                removed.append(old)
        return removed


@contextlib.contextmanager
def exclusive(cache: Path) -> Iterator[None]:
    """Wait until nobody else builds in this cache or prunes it."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "build.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def remove_tree(path: Path) -> None:
    """Remove a directory if it is there. Nothing is ever mounted below one of ours."""
    if path.exists():
        shutil.rmtree(path)


def _failed(name: str, log: Path, cause: Exception) -> ProvisionError:
    detail = cause.detail if isinstance(cause, Error) else str(cause)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-proc.TAIL_LINES :])
    facts = {**(cause.facts if isinstance(cause, Error) else {}), "log": str(log), "output": tail}
    error_id = cause.error_id if isinstance(cause, Error) else "IMG-001"
    own = error_id if error_id.startswith("IMG-") else "IMG-001"
    return ProvisionError(own, f"image step {name} failed: {detail}", **facts)
