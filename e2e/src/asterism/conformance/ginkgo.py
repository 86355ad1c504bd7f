"""The process that runs the specs: upstream's ginkgo, with several processes of the test binary."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from asterism.conformance.spec import Spec
from asterism.errors import ProvisionError, UserError

TIMEOUT = "12h"
"""For the whole run; each spec has limits of its own."""
GRACE = 60.0
"""Seconds in which an interrupted run may tidy up its namespaces and write its report."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What one run needs. `scratch` takes its report."""

    ginkgo: Path
    e2e_test: Path
    kubectl: Path
    kubeconfig: Path
    scratch: Path
    processes: int

    @property
    def report(self) -> Path:
        """The report that ginkgo writes at the end, in JSON."""
        return self.scratch / "report.json"

    def run(self, specs: Sequence[Spec], told: Callable[[str], None]) -> None:
        """Run `specs` to their end; `told` is given each line that ginkgo writes.

        Ginkgo's exit code is not looked at: the report says which specs failed. Raises UserError
        TST-002 when ginkgo cannot be started, ProvisionError TST-004 when it leaves no report.
        When this process is interrupted, the specs are too: they tidy up, and the report is there.
        """
        try:
            process = subprocess.Popen(
                self.words(specs),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                cwd=self.scratch,
                start_new_session=True,
            )
        except FileNotFoundError as exc:
            raise UserError("TST-002", f"{self.ginkgo} is missing") from exc
        with process:
            try:
                _follow(process, told)
            except BaseException:
                _interrupt(process)
                raise
        if not self.report.exists():
            raise ProvisionError(
                "TST-004", f"ginkgo left no report, its exit code is {process.returncode}"
            )

    def words(self, specs: Sequence[Spec]) -> list[str]:
        """The command line."""
        return [
            *(str(self.ginkgo), f"--procs={self.processes}", "--no-color", "-v"),
            *(f"--timeout={TIMEOUT}", f"--json-report={self.report}"),
            *(f"--focus={re.escape(spec.name)}$" for spec in specs),
            *(str(self.e2e_test), "--", "--provider=skeleton"),
            *(f"--kubeconfig={self.kubeconfig}", f"--kubectl-path={self.kubectl}"),
        ]


def _follow(process: "subprocess.Popen[str]", told: Callable[[str], None]) -> None:
    for line in process.stdout or ():
        told(line.rstrip("\n"))
    process.wait()


def _interrupt(process: "subprocess.Popen[str]") -> None:
    """Have the group of `process` end by itself, or end it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=GRACE)
            return
