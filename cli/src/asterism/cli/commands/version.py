"""`asterism version`."""

from importlib.metadata import version

import click

from asterism.cli import options
from asterism.cli.render import output
from asterism.config import versions


@click.command(help="Print the versions of Asterism and of what its nodes run.")
@options.output()
@options.manners
def command() -> None:
    """Print versions."""
    found = {
        "asterism": version("asterism"),
        "kubernetes": versions.KUBERNETES,
        "etcd": versions.ETCD_TAG,
        "coredns": versions.COREDNS_TAG,
    }
    result = output.Result(
        "Version",
        {"versions": found},
        rows=[list(item) for item in found.items()],
        names=[found["asterism"]],
    )
    output.show(result, options.settings())
