"""Entry point of `make mutation`."""

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis

from asterism.e2e.mutation.campaign import BaselineError, Campaign, Judged
from asterism.e2e.mutation.copying import copy_tree, import_from
from asterism.e2e.mutation.keys import KeyRing
from asterism.e2e.mutation.verdicts import Outcome

PACKAGES = ("keys", "attestation", "atls")
"""From below: what lies below a package is loaded once for all its trials."""


def main() -> int:
    """0 if the tests kill enough mutants of every package, else 1."""
    parser = argparse.ArgumentParser(description="Put faults into the code, one at a time.")
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=", ".join(PACKAGES))
    jobs = os.cpu_count() or 1
    parser.add_argument("--jobs", type=int, default=jobs, help="trials at a time")
    parser.add_argument("--goal", type=float, default=90.0, help="percent to be killed")
    arguments = parser.parse_args()
    names = [name for name in PACKAGES if name in (arguments.packages or PACKAGES)]
    few = hypothesis.settings(max_examples=20, derandomize=True, database=None, deadline=None)
    hypothesis.settings.register_profile("mutation", few)
    hypothesis.settings.load_profile("mutation")
    ring = KeyRing()
    ring.install()
    try:
        with TemporaryDirectory(prefix="asterism-mutation-") as folder:
            results = {name: _judged(name, Path(folder), ring, arguments.jobs) for name in names}
    except BaselineError as exc:
        sys.stderr.write(f"{exc}\nThe tests fail without any fault in the code.\n")
        return 1
    sys.stdout.write(_report(results))
    return int(any(_percent(judged) < arguments.goal for judged in results.values()))


def _judged(name: str, folder: Path, ring: KeyRing, jobs: int) -> list[Judged]:
    checkout, tree = Path.cwd(), folder / name
    copy_tree(checkout, tree)
    import_from(tree, checkout)
    return Campaign(name, tree, _cache(), ring).run(
        jobs, lambda done, total: _say(f"{name}: {done} of {total}")
    )


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "asterism" / "mutation"


def _report(results: dict[str, list[Judged]]) -> str:
    lines = [
        f"{item.file}:{item.mutant.line}: {item.mutant.before}  =>  {item.mutant.after}"
        for judged in results.values()
        for item in judged
        if not item.verdict.dead
    ]
    lines += [
        "",
        f"{'package':12} {'mutants':>8} {'killed':>8} {'timeout':>8} {'survived':>8}  percent",
    ]
    for name, judged in results.items():
        count = Counter(item.verdict.outcome for item in judged)
        figures = [len(judged), *(count[outcome] for outcome in Outcome)]
        columns = " ".join(f"{figure:8}" for figure in figures)
        lines.append(f"{name:12} {columns}  {_percent(judged):7.1f}")
    return "\n".join(lines) + "\n"


def _percent(judged: list[Judged]) -> float:
    return 100.0 * sum(item.verdict.dead for item in judged) / max(1, len(judged))


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
