"""`asterism cluster verify`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from asterism.cli import options
from asterism.cli.render import notes, output, steps
from asterism.errors import UserError

if TYPE_CHECKING:
    from asterism.cluster.home import OwnerHome
    from asterism.cluster.saved_evidence import SavedEvidence

DEFAULT = "local"
HELP = f"""Attest every machine anew and say what is proven, by what, and under which root.

NAME is `{DEFAULT}` if it is not given. Exit code 6 and the full reason if any machine is refused.

--save keeps what the machines have shown; --evidence verifies such a file once more, without the
cluster or a network, against the pin and the policy in your configuration. That proves what was
true in a past session and nothing about now: the file itself says when that was.

\b
Examples:
  asterism cluster verify test --save evidence.jsonl
  asterism cluster verify --evidence evidence.jsonl -o json
"""


@click.command(help=HELP)
@options.cluster_name(default=None)
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the evidence that was accepted to FILE.",
)
@click.option(
    "--evidence",
    type=options.FILE,
    metavar="FILE",
    help="Verify saved evidence instead of the running cluster.",
)
@options.output()
@options.manners
def command(name: str | None, save: Path | None, evidence: Path | None) -> None:
    """Verify a cluster."""
    if evidence is None:
        _verify(name or DEFAULT, save)
    elif name is not None or save is not None:
        raise UserError("USE-005", "--evidence goes with neither NAME nor --save")
    else:
        _reverify(evidence)


def _verify(name: str, save: Path | None) -> None:
    from asterism.cluster import state

    settings = options.settings()
    record = state.load(name)
    from asterism.cli.render import verification
    from asterism.cluster import pin
    from asterism.cluster.home import OwnerHome
    from asterism.cluster.verify import verify

    home = OwnerHome.current()
    pinned = pin.require(home, name)
    found = verify(record, pinned, steps.watcher(settings))
    if save is not None:
        _save(home, save, found.evidence)
    output.show(verification.of_session(pinned, found), settings)


def _save(home: "OwnerHome", file: Path, evidence: "SavedEvidence") -> None:
    file.parent.stat()  # a mistyped directory is refused, not made
    home.write(file, evidence.encode())
    notes.say(f"Saved the evidence to {file}.", options.settings())


def _reverify(file: Path) -> None:
    from asterism.cli.render import verification
    from asterism.cluster import pin
    from asterism.cluster.home import OwnerHome
    from asterism.cluster.reverify import reverify
    from asterism.cluster.saved_evidence import SavedEvidence

    saved = SavedEvidence.read(file)
    pinned = pin.require(OwnerHome.current(), saved.cluster)
    output.show(verification.of_file(pinned, reverify(saved, pinned)), options.settings())
