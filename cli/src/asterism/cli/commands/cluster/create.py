"""`asterism cluster create`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from asterism.cli import completion, options
from asterism.cli.render import output, steps

if TYPE_CHECKING:
    from asterism.cluster.config import Cluster

HELP = """Create a cluster, or go on creating one that was interrupted.

Without options: one control plane and one worker, named `local`. Machines are verified before
anything secret is sent. What an interrupted run has made stays: the same command goes on with it.

\b
Examples:
  asterism cluster create
  asterism cluster create test --set nodes.workers=3
  asterism config init | asterism cluster create --config - --dry-run
"""


def _ignorable(
    context: click.Context, parameter: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    if names:
        from asterism.machine.preflight import check, judgement

        known = [*judgement.ignorable(), check.ALL]
        for name in names:
            if name not in known:
                words = f"`{name}` is none of those that may be ignored: {', '.join(known)}"
                raise click.BadParameter(words, context, parameter)
    return names


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
    type=completion.Setting(),
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one setting, e.g. nodes.workers=3; may be repeated.",
)
@click.option(
    "--image",
    type=completion.ImageId(),
    metavar="ID|DIR",
    help="Node image instead of the newest one built.",
)
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
    default=None,
    help="Keep or delete what this run made if it does not end well.  [default: delete it on "
    "failure, keep it on interruption]",
)
@click.option(
    "--ignore-check",
    "ignored",
    multiple=True,
    metavar="NAME",
    callback=_ignorable,
    help="A check of the host that need not hold, by its name in `asterism doctor`; `all` for all "
    "that may be ignored.",
)
@click.option(
    "--dry-run", is_flag=True, help="Show machines, addresses, disks and digests; make nothing."
)
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
    retain: bool | None,
    ignored: tuple[str, ...],
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
    wishes = Wishes(
        kubeconfig=kubeconfig,
        switch=not no_switch,
        timeout=timeout,
        retain=retain,
        ignored_checks=ignored,
    )
    creation = Creation(settings, OwnerHome.current(), watch, wishes)
    try:
        created = creation.run()
    except (Exception, KeyboardInterrupt) as exc:
        from asterism.cli.render import unfinished

        unfinished.show(exc, creation.aftermath, options.settings())
        raise
    from asterism.cli.render import created as rendering

    rendering.show(created, options.settings())


def _show_plan(settings: "Cluster") -> None:
    from asterism.cli.render import plan
    from asterism.cluster.home import OwnerHome
    from asterism.cluster.preview import preview

    output.show(plan.result(preview(settings, OwnerHome.current())), options.settings())
