"""A whole run: prepare, run the specs that are due, keep what became of them."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asterism import clock
from asterism.cluster.events import Event, State, Watcher
from asterism.cluster.home import OwnerHome
from asterism.config import versions
from asterism.conformance import artefacts, preparation, registry, report
from asterism.conformance.ginkgo import Invocation
from asterism.conformance.preparation import Target
from asterism.conformance.progress import Progress
from asterism.conformance.record import Outcome, Record, Result
from asterism.conformance.spec import Selection, Spec, conformance_specs
from asterism.errors import ProvisionError
from asterism.images import store
from asterism.images.conformance.build import Suite

_STATES: dict[Outcome, State] = {"passed": "done", "failed": "failed", "skipped": "skipped"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is to do. With `resume` it runs only what has not passed before."""

    cluster: str
    selection: Selection
    processes: int
    resume: bool


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What is known after a run of all the specs that were selected, in the order of names."""

    results: tuple[Result, ...]
    folder: Path
    seconds: float

    def of(self, outcome: Outcome) -> list[Result]:
        """The results that ended so."""
        return [result for result in self.results if result.outcome == outcome]

    def require_success(self) -> None:
        """Raise ProvisionError TST-001 if a spec failed."""
        failed = self.of("failed")
        if failed:
            raise ProvisionError(
                "TST-001",
                f"{len(failed)} of {len(self.results)} specs failed",
                artefacts=str(self.folder),
            )


def results_folder(home: OwnerHome, cluster: str) -> Path:
    """Where results and artefacts of a cluster's runs are kept: $XDG_STATE_HOME of the owner."""
    chosen = os.environ.get("XDG_STATE_HOME", "")
    base = Path(chosen) if Path(chosen).is_absolute() else home.home / ".local" / "state"
    return base / "asterism" / "conformance" / cluster


def select(selection: Selection, watch: Watcher) -> list[Spec]:
    """The specs that `selection` means; the suite is built for that if need be."""
    return selection.of(conformance_specs(preparation.suite(watch).e2e_test))


def run(wanted: Wanted, home: OwnerHome, watch: Watcher) -> Outcomes:
    """Run the wanted specs against a cluster; failures of specs are results, not errors.

    Raises UserError CLU-001, TST-002, TST-003 or TST-005 before anything runs, and ProvisionError
    TST-004 when the suite itself failed.
    """
    began = clock.monotonic()
    target = Target.find(wanted.cluster, home)
    subject = f"{target.cluster_id} {versions.KUBERNETES}"
    suite = preparation.suite(watch)
    selected = wanted.selection.of(conformance_specs(suite.e2e_test))
    record = Record.load(home, results_folder(home, wanted.cluster), subject)
    due = [spec for spec in selected if not (wanted.resume and spec.name in record.passed)]
    if due:
        _Run(target, suite, record, watch, due).run(wanted.processes)
    kept = [record.results[spec.name] for spec in selected if spec.name in record.results]
    return Outcomes(tuple(kept), record.folder, clock.monotonic() - began)


class _Run:
    """The specs that are due, in one run of ginkgo."""

    def __init__(
        self, target: Target, suite: Suite, record: Record, watch: Watcher, due: Sequence[Spec]
    ) -> None:
        self._target = target
        self._suite = suite
        self._record = record
        self._watch = watch
        self._due = due
        self._names = [spec.name for spec in due]
        self._done = 0
        self._began = clock.monotonic()

    def run(self, processes: int) -> None:
        with tempfile.TemporaryDirectory(prefix="asterism-conformance-") as name:
            kubeconfig = Path(name) / "kubeconfig"
            self._target.write_kubeconfig(kubeconfig)
            self._target.load_images(self._suite, kubeconfig, self._record, self._watch)
            invocation = Invocation(
                ginkgo=self._suite.ginkgo,
                e2e_test=self._suite.e2e_test,
                kubectl=store.kubectl(),
                kubeconfig=kubeconfig,
                scratch=Path(name),
                processes=processes,
            )
            self._record.forget(self._names)
            try:
                with registry.serving(kubeconfig, self._suite.archive):
                    self._follow(invocation)
            finally:
                found = report.read(invocation.report, self._names)
                self._keep(found)
            self._require_complete(found)

    def _follow(self, invocation: Invocation) -> None:
        self._began = clock.monotonic()
        progress = Progress(self._names)

        def told(line: str) -> None:
            result = progress.feed(line)
            if result is not None:
                self._tell(result)

        invocation.run(self._due, told)

    def _tell(self, result: Result) -> None:
        self._done += 1
        self._record.add(result)
        elapsed = round((clock.monotonic() - self._began) * 1000)
        title = f"{self._done}/{len(self._due)} {result.name}"
        state = _STATES[result.outcome]
        self._watch(Event("conformance/spec", state, title, milliseconds=elapsed))

    def _keep(self, found: report.Report) -> None:
        """Keep the report's word on every spec, and a file for each failure."""
        self._record.add(*found.results)
        failures = [*found.around, *found.failures]
        artefacts.write_failures(self._target.home, self._record.folder, failures)

    def _require_complete(self, found: report.Report) -> None:
        """Raise ProvisionError TST-004 if the report lacks some of the specs."""
        missing = set(self._names) - {result.name for result in found.results}
        if not missing:
            return
        why = found.around[0].message if found.around else "nothing says why"
        raise ProvisionError(
            "TST-004",
            f"{len(missing)} of {len(self._names)} specs did not run: {why.strip()[:300]}",
            artefacts=str(self._record.folder),
        )
