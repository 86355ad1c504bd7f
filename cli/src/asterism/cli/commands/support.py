"""`asterism support`."""

from pathlib import Path

import click

from asterism.cli import options
from asterism.cli.render import notes, output, text

HELP = """Save a support bundle: what is needed to find out why a cluster does not work.

Versions, records, logs and journals of the cluster NAME and its machines, what `doctor` and
`status` say, and the objects of Kubernetes if it answers. Secrets are left out or redacted;
`index.json` in the bundle says which. Root can read all of it; others are told what is missing.
Without NAME it is about `local`, or about this computer alone if there is no such cluster.
"""


@click.command(help=HELP)
@options.cluster_name(default=None)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write it (a .tar.gz) instead of your own state directory.",
)
@options.output()
@options.manners
def command(name: str | None, out: Path | None) -> None:
    """Save a support bundle."""
    from asterism.cli.render import steps
    from asterism.cluster import state
    from asterism.cluster.config import Cluster
    from asterism.cluster.events import step
    from asterism.cluster.home import OwnerHome
    from asterism.cluster.support.bundle import save

    cluster = name or Cluster().name
    if name is not None and not state.is_begun(name):
        state.load(name)  # CLU-001
    chosen = cluster if state.is_begun(cluster) else None
    settings = options.settings()
    with step(steps.watcher(settings), "support", "Save a support bundle") as running:
        saved = save(OwnerHome.current(), chosen, out=out)
        running.text = f"{len(saved.parts) - len(saved.unread)} parts"
    unread = [{"name": part.name, "why": part.why_not} for part in saved.unread]
    result = output.Result(
        "SupportBundle",
        {"path": str(saved.path), "cluster": chosen, "unread": unread},
        prose=str(saved.path),
        names=[str(saved.path)],
    )
    output.show(result, settings)
    if unread:
        rows = [list(part.values()) for part in unread]
        notes.say(f"Left out, because they cannot be read:\n{text.columns(rows)}", settings)
