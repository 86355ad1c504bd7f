"""What became of each mutant, kept from run to run as long as it must hold.

A mutant is known by the content of its file. A killed one stays killed while the test that killed
it is as it was; on one that survived only those tests are run that are new or were changed.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from asterism.e2e.mutation import mutants, operators


class Outcome(StrEnum):
    """How a trial ended."""

    KILLED = "killed"
    TIMEOUT = "timeout"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one mutant, and the test that failed, if it was one test."""

    outcome: Outcome
    by: str = ""

    @property
    def dead(self) -> bool:
        """Whether the tests noticed; a program that hangs is noticed."""
        return self.outcome is not Outcome.SURVIVED


class Verdicts:
    """The verdicts for one package, in one file. `tree` holds the sources and tests they are of."""

    def __init__(self, file: Path, tree: Path) -> None:
        self._file = file
        self._tree = tree
        self._tools = _digest([Path(str(operators.__file__)), Path(str(mutants.__file__))])
        self._old: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        self._new: dict[str, Any] = {}
        self._digests: dict[str, str] = {}

    def known(self, source: Path, number: int, tests: Sequence[str]) -> Verdict | None:
        """What an earlier run says, if nothing of what it rests on has changed."""
        entry = self._old.get(self._name(source, number))
        if entry is None or not self._run([entry["by"]] if entry["by"] else tests) <= set(
            entry["run"]
        ):
            return None
        return Verdict(Outcome(entry["outcome"]), entry["by"])

    def not_survived(self, source: Path, number: int, tests: Sequence[str]) -> list[str]:
        """Those of `tests` of which it is not known that the mutant survives them."""
        entry = self._old.get(self._name(source, number), {"outcome": ""})
        if entry["outcome"] != Outcome.SURVIVED:
            return list(tests)
        return [test for test in tests if not self._run([test]) <= set(entry["run"])]

    def learn(self, source: Path, number: int, verdict: Verdict, tests: Sequence[str]) -> None:
        """Remember the verdict of `tests`, or of the one of them that failed."""
        run = self._run([verdict.by] if verdict.by else tests)
        self._new[self._name(source, number)] = {**asdict(verdict), "run": sorted(run)}

    def save(self, *, forget: bool = False) -> None:
        """Write everything known to the file; `forget` what this run did not meet."""
        kept = self._new if forget else self._old | self._new
        self._file.parent.mkdir(parents=True, exist_ok=True)
        written = self._file.with_suffix(".new")
        written.write_text(json.dumps(kept, indent=0, sort_keys=True))
        written.replace(self._file)

    def _name(self, source: Path, number: int) -> str:
        """By content: a mutant of a file that was changed is another mutant."""
        return f"{self._digest(source, self._tools)}:{number}"

    def _run(self, tests: Sequence[str]) -> set[str]:
        """Contents of the files that `tests` are in, each with the fixtures beside it."""
        files = {self._tree / test.partition("::")[0] for test in tests}
        return {
            self._digest(file.with_name("conftest.py"), self._digest(file, "")) for file in files
        }

    def _digest(self, file: Path, start: str) -> str:
        key = f"{file}{start}"
        if key not in self._digests:
            self._digests[key] = _digest([file] if file.exists() else [], start)
        return self._digests[key]


def _digest(files: Iterable[Path], start: str = "") -> str:
    hashed = hashlib.sha256(start.encode())
    for file in sorted(files):
        hashed.update(hashlib.sha256(file.read_bytes()).digest())
    return hashed.hexdigest()[:32]
