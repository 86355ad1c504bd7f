"""What became of each mutant, kept from run to run as long as it must hold.

A killed mutant stays killed while its file and the test that killed it are as they were. Any other
verdict holds while all sources and tests of the package are as they were.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

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

    def __init__(self, file: Path, tree: Path, sources: Path, tests: Path) -> None:
        self._file = file
        self._tree = tree
        self._tools = _digest([Path(str(operators.__file__)), Path(str(mutants.__file__))])
        self._everything = _digest([*sources.rglob("*.py"), *tests.rglob("*.py")])
        self._old: dict[str, dict[str, str]] = json.loads(file.read_text()) if file.exists() else {}
        self._new: dict[str, dict[str, str]] = {}

    def known(self, source: Path, number: int) -> Verdict | None:
        """The verdict of an earlier run, if it still holds."""
        entry = self._old.get(self._name(source, number))
        if entry is None or entry["basis"] != self._basis(entry["by"]):
            return None
        verdict = Verdict(Outcome(entry["outcome"]), entry["by"])
        self.learn(source, number, verdict)
        return verdict

    def learn(self, source: Path, number: int, verdict: Verdict) -> None:
        """Remember a verdict."""
        entry = {**asdict(verdict), "basis": self._basis(verdict.by)}
        self._new[self._name(source, number)] = entry

    def save(self, *, forget: bool = False) -> None:
        """Write everything known to the file; `forget` what this run did not meet."""
        kept = self._new if forget else self._old | self._new
        self._file.parent.mkdir(parents=True, exist_ok=True)
        written = self._file.with_suffix(".new")
        written.write_text(json.dumps(kept, indent=0, sort_keys=True))
        written.replace(self._file)

    def _name(self, source: Path, number: int) -> str:
        """By content: a mutant of a file that was changed is another mutant."""
        return f"{_digest([source], self._tools)}:{number}"

    def _basis(self, test: str) -> str:
        if not test:
            return self._everything
        file = self._tree / test.partition("::")[0]
        return _digest([path for path in (file, file.with_name("conftest.py")) if path.exists()])


def _digest(files: Iterable[Path], start: str = "") -> str:
    hashed = hashlib.sha256(start.encode())
    for file in sorted(files):
        hashed.update(hashlib.sha256(file.read_bytes()).digest())
    return hashed.hexdigest()[:32]
