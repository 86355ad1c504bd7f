"""`asterism cluster create`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from asterism.cli import options
from asterism.cli.render import failures, output, steps, text
from asterism.errors import Error, ExitCode

if TYPE_CHECKING:
    from asterism.cluster.config import Cluster
    from asterism.cluster.home import OwnerHome

HELP = """Create a cluster, or go on creating one that was interrupted.

Without options: one control plane and one worker, named `local`. Machines are verified before
anything secret is sent. What an interrupted run has made stays: the same command goes on with it.
"""


@click.command(help=HELP)
@options.cluster_name(default=None)
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Configuration file; - reads standard input.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one setting, e.g. nodes.workers=3.",
)
@click.option("--image", metavar="ID|DIR", help="Node image instead of the newest one built.")
@click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Kubeconfig to merge into.",
)
@click.option("--no-switch", is_flag=True, help="Leave the kubeconfig's current context alone.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="How long nodes and add-ons may take.",
)
@click.option(
    "--retain/--rollback",
    default=True,
    show_default=True,
    help="On failure keep what was made, or delete it.",
)
@click.option("--dry-run", is_flag=True, help="Show the machines that would be made.")
@options.output("table", "json")
@options.manners
def command(
    name: str | None,
    file: Path | None,
    overrides: tuple[str, ...],
    image: str | None,
    kubeconfig: Path | None,
    no_switch: bool,
    timeout: float,
    retain: bool,
    dry_run: bool,
) -> None:
    """Create a cluster."""
    from asterism.cluster import wanted

    settings = wanted.settings(name, file, overrides, image)
    if dry_run:
        _show_plan(settings)
        return
    from asterism.cluster.create import Creation, Wishes
    from asterism.cluster.home import OwnerHome

    watch = steps.watcher(options.settings(), events_on_stdout=True)
    wishes = Wishes(kubeconfig=kubeconfig, switch=not no_switch, timeout=timeout)
    home = OwnerHome.current()
    with _on_failure(settings.name, home, retain=retain):
        created = Creation(settings, home, watch, wishes).run()
    from asterism.cli.render import created as rendering

    rendering.show(created, options.settings())


@contextmanager
def _on_failure(name: str, home: "OwnerHome", *, retain: bool) -> Iterator[None]:
    """On failure say what stays, or delete it; with `-o json` the error ends the stream."""
    try:
        yield
    except (Error, KeyboardInterrupt) as exc:
        if isinstance(exc, Error) and options.settings().output == "json":
            click.echo(json.dumps({"type": "error", **failures.document(exc)}))
        if isinstance(exc, Error) and exc.exit_code == ExitCode.CONFLICT:
            raise  # this command has made nothing
        if retain:
            _say_what_stays(name)
        else:
            _roll_back(name, home)
        raise


def _say_what_stays(name: str) -> None:
    from asterism.cluster import state

    if name in state.names() and not options.settings().quiet:
        click.echo(
            f"What was made of `{name}` is kept: `asterism cluster create {name}` goes on, "
            f"`asterism cluster delete {name}` removes it.",
            err=True,
        )


def _roll_back(name: str, home: "OwnerHome") -> None:
    from asterism.cluster.delete import delete

    delete(name, home, steps.watcher(options.settings()))


def _show_plan(settings: "Cluster") -> None:
    from asterism.cluster import plan

    machines = plan.machines(settings)
    fields = {
        "name": settings.name,
        "image": settings.image,
        "machines": [{"name": m.name, "role": m.role, "address": m.address} for m in machines],
    }
    result = output.Result(
        "ClusterPlan",
        fields,
        rows=[(m.name, m.role, m.address) for m in machines],
        header=("MACHINE", "ROLE", "UNDERLAY"),
        prose=text.columns([("cluster", settings.name), ("image", settings.image)]),
    )
    output.show(result, options.settings())
