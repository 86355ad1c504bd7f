"""All mutants of one package: one trial each, as many at a time as wanted."""

import contextlib
import importlib
import select
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from asterism.e2e.mutation.keys import KeyRing
from asterism.e2e.mutation.mutants import Mutant, MutatedSource
from asterism.e2e.mutation.recording import Recorder
from asterism.e2e.mutation.trial import Fault, Selection, Trial, finish, install, run_tests, start
from asterism.e2e.mutation.verdicts import Outcome, Verdict, Verdicts

_SOURCES = Path("internal/src/asterism")
_TESTS = Path("internal/tests")
_PATIENCE = 10.0
"""Seconds that a trial may take beyond four times what its tests take without a fault."""
_FIRST_FILES = 2
_SURVIVED = {0, 5}
"""Exit codes of pytest: all tests passed, or there was none."""
_LAYERS_BELOW = ("errors", "proto", "config", "log", "clock", "proc", "tpm", "measurement")


class BaselineError(Exception):
    """The tests fail without any fault; the text is their output."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One mutant with its verdict."""

    file: str
    mutant: Mutant
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Candidate:
    source: Path
    mutant: Mutant
    tests: list[str]


class Campaign:
    """The mutants of `asterism.NAME`. Packages that lie below it must have had theirs before."""

    def __init__(self, name: str, tree: Path, cache: Path, ring: KeyRing) -> None:
        self.name = name
        self._tree = tree
        self._sources = tree / _SOURCES / name
        self._ring = ring
        tests = tree / _TESTS / name
        self._files = sorted(str(file.relative_to(tree)) for file in tests.rglob("test_*.py"))
        self._verdicts = Verdicts(cache / f"{name}.json", tree)
        self._parsed: dict[Path, MutatedSource] = {}
        self._tests: dict[str, Any] = {}

    def run(self, jobs: int, say: Callable[[int, int], None]) -> list[Judged]:
        """Judge every mutant, reporting (done, all) to `say`; BaselineError."""
        self._parsed = {
            file: MutatedSource(file.read_text()) for file in sorted(self._sources.rglob("*.py"))
        }
        self._measure()
        waiting = deque(self._candidates())
        total, judged = len(waiting), []
        for candidate, verdict in self._judge(waiting, jobs):
            self._verdicts.learn(
                candidate.source, candidate.mutant.number, verdict, candidate.tests
            )
            file = str(candidate.source.relative_to(self._tree))
            judged.append(Judged(file, candidate.mutant, verdict))
            if len(judged) % 20 == 0 or len(judged) == total:
                say(len(judged), total)
                self._verdicts.save(forget=len(judged) == total)
        return sorted(judged, key=lambda item: (item.file, item.mutant.number))

    def _measure(self) -> None:
        """Run all tests once, and take over into this process what all trials need."""
        log = self._tree / f"{self.name}.log"
        trial = start(self._baseline, log)
        select.select([trial.pidfd], [], [], 600)
        found = finish(trial)
        if found is None or found["exit"] != 0:
            raise BaselineError(log.read_text(errors="replace"))
        self._tests = found["tests"]
        self._ring.fill({int(size): count for size, count in found["keys"].items()})
        for module in found["modules"]:
            if self._is_shared(module):
                with contextlib.suppress(ImportError):
                    importlib.import_module(module)

    def _baseline(self) -> dict[str, Any]:
        recorder = Recorder(self._sources)
        code = run_tests(self._tree, self._files, recorder)
        return {
            "exit": code,
            "tests": recorder.result(),
            "keys": dict(self._ring.given),
            "modules": sorted(sys.modules),
        }

    def _is_shared(self, module: str) -> bool:
        """Whether `module` is the same in all trials: a library, or of a layer below."""
        first, _, rest = module.partition(".")
        if first == "asterism":
            return rest.partition(".")[0] in _LAYERS_BELOW
        return first not in {"tests", "internal", "conftest", "__main__"} and "test_" not in module

    def _candidates(self) -> Iterator[_Candidate]:
        for source, parsed in self._parsed.items():
            for mutant in parsed.mutants():
                yield _Candidate(source, mutant, self._tests_of(source, mutant))

    def _tests_of(self, source: Path, mutant: Mutant) -> list[str]:
        """Those that run the mutant's function, quick ones first.

        What is outside of functions is run when the module is loaded, so every test may notice.
        """
        file = f"{source.relative_to(self._sources)}|"
        wanted = f"{file}{mutant.owner}" if mutant.owner else ""
        found = [
            name for name, test in self._tests.items() if not wanted or wanted in test["functions"]
        ]
        return sorted(
            found,
            key=lambda name: (
                not any(f.startswith(file) for f in self._tests[name]["functions"]),
                self._tests[name]["seconds"],
            ),
        )

    def _judge(self, waiting: deque[_Candidate], jobs: int) -> Iterator[tuple[_Candidate, Verdict]]:
        running: dict[int, tuple[_Candidate, Trial, float]] = {}
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    candidate = waiting.popleft()
                    started = self._started(candidate)
                    if isinstance(started, Verdict):
                        yield candidate, started
                    else:
                        trial, limit = started
                        running[trial.pidfd] = (candidate, trial, time.monotonic() + limit)
                ended, _, _ = select.select(list(running), [], [], 0.5)
                late = [fd for fd, (_, _, end) in running.items() if end < time.monotonic()]
                for pidfd in {*ended, *late}:
                    candidate, trial, _ = running.pop(pidfd)
                    yield candidate, _verdict(finish(trial), hung=pidfd not in ended)
        finally:
            for _, trial, _ in running.values():
                finish(trial)

    def _started(self, candidate: _Candidate) -> Verdict | tuple[Trial, float]:
        """What is known already, or a trial and the seconds it may take."""
        place = (candidate.source, candidate.mutant.number)
        known = self._verdicts.known(*place, candidate.tests)
        tests = self._verdicts.not_survived(*place, candidate.tests)
        if known or not tests:
            return known or Verdict(Outcome.SURVIVED)
        expected = sum(float(self._tests[test]["seconds"]) for test in tests)
        return start(partial(self._try, candidate, tests)), _PATIENCE + 4 * expected

    def _try(self, candidate: _Candidate, tests: list[str]) -> dict[str, Any]:
        name = ".".join(candidate.source.with_suffix("").relative_to(self._sources.parent).parts)
        module = f"asterism.{name}".removesuffix(".__init__")
        filename = str(candidate.source)
        code = self._parsed[candidate.source].compiled(candidate.mutant.number, filename)
        install(Fault(module, filename, code))
        selection = Selection(tests, self._tests)
        for files in _stages(tests):
            exit_code = run_tests(self._tree, files, selection)
            if exit_code not in _SURVIVED:
                break
            self._ring.rewind()
        return {"exit": exit_code, "failed": selection.failed, "hung": selection.hung}


def _stages(tests: list[str]) -> list[list[str]]:
    """Test files, those with the most of `tests` first: they often spare loading the others."""
    counted = Counter(test.partition("::")[0] for test in tests)
    files = [file for file, _ in counted.most_common()]
    return [stage for stage in (files[:_FIRST_FILES], files[_FIRST_FILES:]) if stage]


def _verdict(said: Any, *, hung: bool) -> Verdict:
    """A child that died without a word was killed by its fault, too."""
    if hung:
        return Verdict(Outcome.TIMEOUT)
    if said is None:
        return Verdict(Outcome.KILLED)
    return Verdict(
        Outcome.SURVIVED if said["exit"] in _SURVIVED else Outcome.KILLED, said["failed"]
    )
