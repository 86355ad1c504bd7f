"""One target in a process of its own, by `python -m ...worker MODE TARGET COUNT FOLDER`.

The process may be killed at any time and may crash; `Progress` says how far it came and with what
input. Memory is bounded by the kernel, time by `judge` and by whoever started this.
"""

import contextlib
import resource
import sys
import warnings
from importlib import import_module
from pathlib import Path
from random import Random

from asterism.e2e.fuzz.judge import Verdict, judge, time_limit
from asterism.e2e.fuzz.minimise import minimised
from asterism.e2e.fuzz.mutators.mixed import Mutator
from asterism.e2e.fuzz.passes import Pass
from asterism.e2e.fuzz.state import Progress, TargetState
from asterism.e2e.fuzz.target import Target

MEMORY = 512 << 20
"""Bytes of address space beyond what the process has when it begins."""


def main(arguments: list[str]) -> int:
    """Judge COUNT more inputs of TARGET; the exit code."""
    mode, name, count, folder = arguments
    warnings.simplefilter("ignore")  # of certificates that nobody should have issued
    state = TargetState(Path(folder))
    if mode == "guided":
        _guided(name, int(count), state)
    else:
        _blind(name, int(count), state)
    return 0


def _blind(name: str, count: int, state: TargetState) -> None:
    from asterism.e2e.fuzz.registry import targets

    target = targets()[name]
    progress = Progress(state.progress, target.maximum)
    inputs = Pass(target, seed=progress.count)
    bound_memory()
    with time_limit():
        inputs.run(count, progress.begin, lambda data, verdict: _keep(target, state, data, verdict))


def _guided(name: str, count: int, state: TargetState) -> None:
    """libFuzzer chooses by coverage; half of its mutants are ours. It ends the process itself."""
    atheris = import_module("atheris")  # has no types, and need not be installed
    with atheris.instrument_imports(include=["asterism"], enable_loader_override=False):
        from asterism.e2e.fuzz.registry import targets

        target = targets()[name]
    progress = Progress(state.progress, target.maximum)
    mutator = Mutator(target, Random(progress.count))  # noqa: S311 - not for secrets
    for number, seed in enumerate(target.seeds()):
        (state.corpus / f"seed-{number}").write_bytes(seed[: target.maximum])

    def judge_one(data: bytes) -> None:
        progress.begin(data)
        verdict = judge(target, data)
        if verdict.finding:
            _keep(target, state, data, verdict)

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        mutant = mutator.of(data) if seed & 1 else bytes(atheris.Mutate(data, size))
        return mutant[:size]

    options = [f"-runs={count}", f"-max_len={target.maximum}", "-rss_limit_mb=4096", "-timeout=60",
               "-print_final_stats=1", "-verbosity=0", f"-seed={progress.count + 1}"]  # fmt: skip
    command = [sys.argv[0], *options, str(state.corpus)]
    atheris.Setup(command, judge_one, custom_mutator=mutate, internal_libfuzzer=True)
    bound_memory()
    with time_limit():
        atheris.Fuzz()


def _keep(target: Target, state: TargetState, data: bytes, verdict: Verdict) -> None:
    known = len(state.found())
    state.keep(verdict.finding, verdict.details, data)
    if len(state.found()) > known:
        state.keep(verdict.finding, verdict.details, minimised(target, data, verdict))


def bound_memory() -> None:
    """Let the kernel refuse memory, so that a greedy parser gets a MemoryError."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
