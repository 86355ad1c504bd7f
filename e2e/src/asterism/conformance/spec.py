"""Specs of the suite: their names, the special interest group they belong to, how they may run."""

import json
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterism import proc
from asterism.errors import UserError

CONFORMANCE = r"\[Conformance\]"


@dataclass(frozen=True, slots=True, order=True)
class Spec:
    """One spec. `name` is its full text, as upstream's own lists have it."""

    name: str

    @property
    def area(self) -> str:
        """The special interest group, such as `sig-node`."""
        found = re.match(r"\[(sig-[a-z-]+)\]", self.name)
        return found[1] if found else "-"

    @property
    def serial(self) -> bool:
        """Whether nothing else may run beside it."""
        return "[Serial]" in self.name


@dataclass(frozen=True, slots=True)
class Selection:
    """Which conformance specs are wanted.

    `focus` and `skip` are regular expressions searched for in names; `names`, if any, are the only
    ones that come into question.
    """

    focus: str = ""
    skip: str = ""
    names: tuple[str, ...] = ()

    def of(self, specs: Iterable[Spec]) -> list[Spec]:
        """The wanted ones of `specs`, sorted.

        Raises UserError TST-003 when none is left, or when one of `names` is not among `specs`.
        """
        known = sorted(specs)
        missing = set(self.names) - {spec.name for spec in known}
        if missing:
            raise UserError("TST-003", f"the suite has no conformance spec {min(missing)!r}")
        found = [spec for spec in known if self._wants(spec.name)]
        if not found:
            raise UserError("TST-003", "no conformance spec fits what was asked for")
        return found

    def _wants(self, name: str) -> bool:
        if self.names and name not in self.names:
            return False
        if self.skip and re.search(self.skip, name):
            return False
        return re.search(self.focus, name) is not None


def conformance_specs(e2e_test: Path) -> list[Spec]:
    """All conformance specs that the test binary `e2e_test` holds."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        words = ("--ginkgo.dry-run", f"--ginkgo.focus={CONFORMANCE}", "--ginkgo.no-color")
        proc.run([e2e_test, *words, f"--ginkgo.json-report={report}"], cwd=Path(folder))
        suites = json.loads(report.read_bytes())
    return [
        Spec(full_name(entry))
        for suite in suites
        for entry in suite["SpecReports"]
        if entry["LeafNodeType"] == "It" and entry["State"] == "passed"
    ]


def full_name(entry: dict[str, Any]) -> str:
    """The full text of a spec from its entry in a report of ginkgo."""
    return " ".join([*(entry["ContainerHierarchyTexts"] or ()), entry["LeafNodeText"]])
