"""Ginkgo's report: how each spec ended, and what is known about a failure.

Form: github.com/onsi/ginkgo/v2/types, Report and SpecReport; times are nanoseconds.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterism.conformance.record import Outcome, Result
from asterism.conformance.spec import full_name

OUTCOMES: dict[str, Outcome] = {
    "passed": "passed",
    "skipped": "skipped",
    "pending": "skipped",
    **dict.fromkeys(("failed", "panicked", "timedout", "aborted", "interrupted"), "failed"),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What is known about a failed spec, or about a failed step around all specs."""

    name: str
    message: str
    location: str
    output: str


@dataclass(frozen=True, slots=True)
class Report:
    """The ends of the wanted specs."""

    results: tuple[Result, ...]
    failures: tuple[Failure, ...]
    around: tuple[Failure, ...]
    """Failures of what runs before and after all specs."""


def read(path: Path, wanted: Iterable[str]) -> Report:
    """The report in the file `path` about the specs `wanted`; an empty one if there is none."""
    suites = json.loads(path.read_bytes()) if path.exists() else []
    entries = [entry for suite in suites for entry in suite["SpecReports"]]
    names = set(wanted)
    specs = [e for e in entries if e["LeafNodeType"] == "It" and full_name(e) in names]
    # A spec that never started, because the run was interrupted, counts as not run.
    ended = [entry for entry in specs if entry["State"] == "passed" or entry["RunTime"] > 0]
    others = [entry for entry in entries if entry["LeafNodeType"] != "It"]
    return Report(
        tuple(_result(entry) for entry in ended),
        tuple(_failure(entry) for entry in ended if _failed(entry)),
        tuple(_failure(entry) for entry in others if _failed(entry)),
    )


def _failed(entry: dict[str, Any]) -> bool:
    return OUTCOMES.get(entry["State"]) == "failed"


def _result(entry: dict[str, Any]) -> Result:
    failure = entry.get("Failure", {})
    return Result(
        full_name(entry),
        OUTCOMES[entry["State"]],
        round(entry["RunTime"] / 1e9, 1),
        _first_lines(failure.get("Message", "")),
    )


def _failure(entry: dict[str, Any]) -> Failure:
    failure = entry.get("Failure", {})
    place = failure.get("Location", {})
    output = entry.get("CapturedGinkgoWriterOutput", "") + entry.get("CapturedStdOutErr", "")
    return Failure(
        full_name(entry) if entry["LeafNodeType"] == "It" else entry["LeafNodeType"],
        failure.get("Message", ""),
        f"{place.get('FileName', '?')}:{place.get('LineNumber', 0)}",
        output,
    )


def _first_lines(message: str) -> str:
    """The beginning of a failure's message: it may go on with whole objects."""
    return " ".join(message.split())[:400]
