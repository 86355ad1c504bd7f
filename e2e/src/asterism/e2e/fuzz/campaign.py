"""Runs many targets, several at a time, each in a process that may hang or crash."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from asterism import clock
from asterism.e2e.fuzz.state import Progress, TargetState
from asterism.e2e.fuzz.target import Target

POLL = 2.0
STUCK = 30.0
"""Seconds of processor time without a new input, after which a worker is ended: some loop in C."""
_START = 20.0
"""Further seconds that importing and instrumenting may take."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one target."""

    name: str
    inputs: int
    """Of all runs so far."""
    judged: int
    """Of this run."""
    seconds: float
    findings: tuple[str, ...]


def run(
    chosen: Iterable[Target],
    *,
    mode: str,
    inputs: int,
    processes: int,
    folder: Path,
    report: Callable[[Result], None],
    anew: bool = False,
) -> list[Result]:
    """Bring every target to `inputs` in total; `report` is called as each is done.

    What earlier runs did counts, unless `anew`.
    """
    chosen = list(chosen)
    for target in chosen if anew else ():
        state = TargetState(folder / mode / target.name).make()
        Progress(state.progress, target.maximum).start_anew()
    work = partial(_bring, mode=mode, inputs=inputs, folder=folder, report=report)
    with ThreadPoolExecutor(processes) as pool:
        return list(pool.map(work, chosen))


def _bring(
    target: Target, *, mode: str, inputs: int, folder: Path, report: Callable[[Result], None]
) -> Result:
    state = TargetState(folder / mode / target.name).make()
    progress = Progress(state.progress, target.maximum)
    begun, first = clock.monotonic(), progress.count
    while (left := inputs - progress.count) > 0:
        before = progress.count
        ending = _work(target, mode, left, state, progress)
        if ending:
            state.keep(f"{ending} in {target.name}", "", progress.current)
        if progress.count == before:
            state.keep(f"no progress in {target.name}: {ending or 'ended early'}", "", b"")
            break
    seconds, count = clock.monotonic() - begun, progress.count
    result = Result(target.name, count, count - first, seconds, tuple(state.found()))
    report(result)
    return result


def _work(target: Target, mode: str, left: int, state: TargetState, progress: Progress) -> str:
    """One worker to its end; how it ended, empty if well."""
    module = "asterism.e2e.fuzz.worker"
    command = [sys.executable, "-m", module, mode, target.name, str(left), str(state.folder)]
    with (state.folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        return _watch(process, progress)
    finally:
        process.kill()
        process.wait()


def _watch(process: "subprocess.Popen[bytes]", progress: Progress) -> str:
    count, since = progress.count, 0.0
    allowed = STUCK + _START
    while process.poll() is None:
        clock.sleep(POLL)
        used = _processor_seconds(process.pid)
        if progress.count != count:
            count, since, allowed = progress.count, used, STUCK
        elif used - since > allowed:
            return "hang"
    code = process.returncode
    return "" if code == 0 else f"exit code {code}"


def _processor_seconds(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = text[text.rindex(")") + 2 :].split()
    return (int(fields[11]) + int(fields[12])) / 100
