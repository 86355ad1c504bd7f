"""`asterism node logs MACHINE`."""

import sys

import click

from asterism.cli import options

HELP = """Print the console of a machine, as the host recorded it. Nothing is proven.

There is no shell in a node: it runs what was measured and nothing else.

\b
Examples:
  asterism node logs local-worker-1 -n 50
  asterism node logs local-worker-1 --host
"""


@click.command(help=HELP)
@click.argument("machine", type=options.MachineName())
@click.option("--host", is_flag=True, help="The log of the machine's process on the host instead.")
@click.option("-n", "--lines", type=click.IntRange(min=1), help="Only the last lines.")
@options.manners
def command(machine: str, host: bool, lines: int | None) -> None:
    """Print a log."""
    from asterism.cluster import host as provider
    from asterism.cluster import state
    from asterism.cluster.privilege import require_root

    require_root()
    record = state.of_machine(machine)
    shown = provider.log(record.name, machine, of_host=host)
    kept = shown.splitlines(keepends=True)[-lines if lines else None :]
    sys.stdout.buffer.write(b"".join(kept))
