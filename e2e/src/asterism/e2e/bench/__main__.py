"""Entry point of `make bench`: runs every part, then prints one table."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from asterism.e2e.bench import plain
from asterism.e2e.bench.commands import command_rows
from asterism.e2e.bench.creation import Creation, created, creation_rows
from asterism.e2e.bench.memory import memory_rows
from asterism.e2e.bench.rates import rate_rows
from asterism.e2e.bench.table import Row, rendered
from asterism.e2e.home import Home


def main() -> None:
    """Alternate ours and plain, so that noise of the computer hits both."""
    parser = argparse.ArgumentParser(description="Measure Asterism beside plain kubeadm.")
    parser.add_argument("--runs", type=int, default=3, help="creations of each kind")
    runs = parser.parse_args().runs
    with TemporaryDirectory(prefix="asterism-bench-") as folder:
        home = Home.make(Path(folder))
        home.asterism("trust", "import", "--emulated")
        sys.stdout.write(rendered(_rows(home, runs)) + "\n")


def _rows(home: Home, runs: int) -> list[Row]:
    ours: list[Creation] = []
    peers = []
    running: list[Row] = []
    deletes: list[float] = []
    for run in range(runs):
        with created(home) as creation:
            _say(f"run {run + 1} of {runs}: ours created in {creation.command:.1f} s")
            if not running:
                running = [
                    *command_rows(home, creation.cluster.name),
                    *memory_rows(creation.cluster),
                ]
            deletes.append(creation.delete())
        ours.append(creation)
        peers.append(plain.measure())
        _say(f"run {run + 1} of {runs}: plain kubeadm Ready in {peers[-1].nodes:.1f} s")
    deleted = Row("delete 1+1", sum(deletes) / runs, goal="3")
    return [*creation_rows(ours, peers), deleted, *running, *rate_rows()]


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
