"""`python -m asterism.e2e.fuzz [TARGET ...]`: what `make fuzz` runs."""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from asterism.e2e.fuzz import campaign
from asterism.e2e.fuzz.campaign import Result
from asterism.e2e.fuzz.registry import targets
from asterism.e2e.fuzz.state import default_folder

_ROW = "{:<24} {:>10} {:>10} {:>9} {:>8}"


def main(arguments: list[str]) -> int:
    """Fuzz and print a table; exit code 1 if anything was found."""
    options = _options(arguments)
    known = targets()
    unknown = sorted(set(options.targets) - set(known))
    if unknown:
        sys.exit(f"no such target: {', '.join(unknown)}")
    chosen = [known[name] for name in options.targets or known]
    mode = options.mode or ("guided" if find_spec("atheris") else "blind")
    print(f"{mode}, findings and corpus below {options.folder / mode}")
    print(_ROW.format("target", "inputs", "inputs/s", "findings", "seconds"), flush=True)
    results = campaign.run(
        chosen,
        mode=mode,
        inputs=options.inputs,
        processes=options.processes,
        folder=options.folder,
        report=_print,
        anew=options.anew,
    )
    found = [(result.name, line) for result in results for line in result.findings]
    for name, line in found:
        print(f"{name}: {line}")
    return 1 if found else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="names; all if none are given")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="for each target, in total")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--mode", choices=("guided", "blind"), help="guided needs atheris")
    parser.add_argument("--anew", action="store_true", help="count from zero, as after changes")
    parser.add_argument("--folder", type=Path, default=default_folder())
    return parser.parse_args(arguments)


def _print(result: Result) -> None:
    rate = f"{result.judged / result.seconds:.0f}" if result.judged else "-"
    row = (result.name, result.inputs, rate, len(result.findings), f"{result.seconds:.0f}")
    print(_ROW.format(*row), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
