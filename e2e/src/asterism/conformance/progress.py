"""What a running suite tells: the end of each spec, read from what ginkgo writes with `-v`.

    • [3.456 seconds]
    [sig-node] Pods should be updated [Conformance] [sig-node, Conformance]

With one process only, the name comes first and the line with the outcome later. Upstream's own
progress messages (`--progress-report-url`) are no help: the test binary of 1.37 tells only that the
suite began and ended. The report at the end has the last word.
"""

import re
from collections.abc import Iterable

from asterism.conformance.record import Outcome, Result

_END = re.compile(r"^[•SP!](?: \[(?P<state>[A-Z ]+)\])? \[(?P<seconds>[0-9.]+) seconds\]$")
_NODE = re.compile(r" \[(It|BeforeEach|AfterEach|JustBeforeEach|DeferCleanup \(Each\))\](?= )")
"""Ginkgo puts the part of a spec that failed into its name."""
_OUTCOMES: dict[str | None, Outcome] = {None: "passed", "SKIPPED": "skipped", "PENDING": "skipped"}


class Progress:
    """Finds results in lines that come one by one."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)
        self._begun = ""
        """The spec whose name was seen last, not yet its end."""
        self._end: re.Match[str] | None = None
        """An outcome that was seen, not yet whose."""

    def feed(self, line: str) -> Result | None:
        """The result that is complete with `line`, if it is of one of the names."""
        end = _END.match(line)
        if end is not None:
            self._end = end
            return self._take() if self._begun else None
        name = self._name(line)
        if name:
            self._begun = name
            return self._take() if self._end else None
        if self._end is not None:
            self._end = None  # the end of something around the specs
        return None

    def _name(self, line: str) -> str:
        if not line.startswith("["):
            return ""
        text = _NODE.sub("", line)
        return max((name for name in self._names if text.startswith(name)), key=len, default="")

    def _take(self) -> Result | None:
        name, end = self._begun, self._end
        self._begun, self._end = "", None
        if end is None:
            return None
        outcome = _OUTCOMES.get(end["state"], "failed")
        return Result(name, outcome, float(end["seconds"]))
