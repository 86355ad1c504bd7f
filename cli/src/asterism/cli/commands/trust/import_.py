"""`asterism trust import`."""

from pathlib import Path

import click

from asterism.cli import options
from asterism.cli.render import notes, text
from asterism.errors import UserError

HELP = """Record makers' root certificates as trusted, showing their fingerprints.

FILE holds PEM certificates. --emulated takes the makers of this computer's emulated hardware and
the release key that signs images built here; it needs root, because their keys are root's. What is
recorded is changed only with --replace.

\b
Examples:
  asterism trust import --emulated
  asterism trust import ark_genoa.pem --format snp
"""


@click.command(help=HELP)
@click.argument("file", type=options.FILE, required=False)
@click.option("--emulated", is_flag=True, help="The emulated makers of this computer.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["snp", "tpm"]),
    help="Kind of the roots in FILE; guessed otherwise.",
)
@click.option("--replace", is_flag=True, help="Replace anchors that differ.")
@options.manners
def command(file: Path | None, emulated: bool, kind: str | None, replace: bool) -> None:
    """Record anchors."""
    if (file is None) is not emulated:
        raise UserError("USE-005", "either a FILE or --emulated is wanted")
    from asterism.attestation.anchors import Format
    from asterism.cli.render import anchors
    from asterism.cluster import host, reference_values, trust
    from asterism.cluster.home import OwnerHome

    home = OwnerHome.current()
    if file is None:
        offered = host.emulated_anchors()
    else:
        offered = trust.read_file(file, None if kind is None else Format(kind))
    changes = trust.record(home, offered, replace=replace)
    rows = [(*anchors.row(change.anchor), "known" if change.known else "new") for change in changes]
    if file is None:
        key = reference_values.release_key().public
        new = reference_values.trust_key(home, key)
        rows.append((*anchors.release_row(key), "new" if new else "known"))
    settings = options.settings()
    notes.say(text.columns(rows, (*anchors.HEADER, "")), settings)
    if any(change.anchor.emulated for change in changes):
        notes.say(
            "EMULATED anchors prove nothing against root of the computer that holds the makers' "
            "keys; it is assumed not to read them.",
            settings,
        )
