"""`asterism test conformance`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from asterism.cli import options
from asterism.cli.render import output, steps
from asterism.errors import UserError

if TYPE_CHECKING:
    from asterism.cli.options import Settings
    from asterism.conformance.record import Result
    from asterism.conformance.runner import Outcomes
    from asterism.conformance.spec import Spec

HELP = """Run Kubernetes' conformance specs against a cluster.

NAME is `local` if it is not given. The suite and the container images that it asks for are built
on this computer when they are first needed (sudo; up to 15 minutes) and loaded into all nodes.
Specs marked Serial run alone, after all others.

Results are kept from run to run: --resume runs only what has not passed. The exit code is 1 if a
spec failed; the folder that is named then has a file for each failure.

\b
Examples:
  asterism test conformance --focus 'sig-node.*Secrets'
  asterism test conformance --parallel 8 --skip Serial
  asterism test conformance --resume --junit conformance.xml
  asterism test conformance --list --focus sig-network
"""


def _regex(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    import re

    try:
        re.compile(value)
    except re.error as exc:
        raise click.BadParameter(f"{value!r} is no regular expression: {exc}") from exc
    return value


@click.command(help=HELP)
@options.cluster_name()
@click.option(
    "--focus", metavar="REGEX", default="", callback=_regex, help="Only specs whose names fit."
)
@click.option(
    "--skip", metavar="REGEX", default="", callback=_regex, help="No specs whose names fit."
)
@click.option(
    "--specs",
    "listed",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Only specs named in FILE, one a line; lines that begin with # are comments.",
)
@click.option(
    "--parallel",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    metavar="N",
    help="Run N specs at once.",
)
@click.option("--resume", is_flag=True, help="Run only what has not passed.")
@click.option(
    "--junit",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write the results to FILE as JUnit XML.",
)
@click.option("--list", "only_list", is_flag=True, help="Print what would run, and run nothing.")
@options.output()
@options.manners
def command(
    name: str,
    focus: str,
    skip: str,
    listed: Path | None,
    parallel: int,
    resume: bool,
    junit: Path | None,
    only_list: bool,
) -> None:
    """Run conformance specs."""
    from asterism.cluster.home import OwnerHome
    from asterism.conformance import artefacts, runner
    from asterism.conformance.spec import Selection

    settings = options.settings()
    selection = Selection(focus, skip, _names(listed))
    watch = steps.watcher(settings)
    if only_list:
        _show_list(runner.select(selection, watch), settings)
        return
    wanted = runner.Wanted(name, selection, parallel, resume)
    outcomes = runner.run(wanted, OwnerHome.current(), watch)
    if junit is not None:
        junit.write_bytes(artefacts.junit(outcomes.results))
    _show(name, outcomes, settings)
    outcomes.require_success()


def _names(listed: Path | None) -> tuple[str, ...]:
    if listed is None:
        return ()
    lines = (line.strip() for line in listed.read_text().splitlines())
    names = tuple(line for line in lines if line and not line.startswith("#"))
    if not names:
        raise UserError("TST-003", f"{listed} names no spec")
    return names


def _show_list(specs: "list[Spec]", settings: "Settings") -> None:
    items = [{"name": spec.name, "area": spec.area, "serial": spec.serial} for spec in specs]
    result = output.Result(
        "ConformanceSpecList",
        {"items": items},
        prose="\n".join(spec.name for spec in specs),
        names=[spec.name for spec in specs],
    )
    output.show(result, settings)


def _show(name: str, outcomes: "Outcomes", settings: "Settings") -> None:
    counts = {kind: len(outcomes.of(kind)) for kind in ("passed", "failed", "skipped")}
    failed = "".join(
        f"\nFAILED {item.name}\n       {item.message}" for item in outcomes.of("failed")
    )
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    result = output.Result(
        "ConformanceRun",
        {
            "cluster": name,
            "folder": str(outcomes.folder),
            "seconds": round(outcomes.seconds, 1),
            **counts,
            "items": [_item(item) for item in outcomes.results],
        },
        rows=_areas(outcomes.results),
        header=("AREA", "PASSED", "FAILED", "SKIPPED"),
        prose=f"{told} in {outcomes.seconds:.0f} s; results in {outcomes.folder}{failed}",
        names=[item.name for item in outcomes.results],
    )
    output.show(result, settings)


def _item(item: "Result") -> dict[str, object]:
    from asterism.conformance.spec import Spec

    return {
        "name": item.name,
        "area": Spec(item.name).area,
        "outcome": item.outcome,
        "seconds": item.seconds,
        "message": item.message,
    }


def _areas(results: "tuple[Result, ...]") -> list[tuple[str, ...]]:
    from asterism.conformance.spec import Spec

    areas: dict[str, dict[str, int]] = {}
    for item in results:
        counts = areas.setdefault(Spec(item.name).area, {"passed": 0, "failed": 0, "skipped": 0})
        counts[item.outcome] += 1
    return [(area, *map(str, counts.values())) for area, counts in sorted(areas.items())]
