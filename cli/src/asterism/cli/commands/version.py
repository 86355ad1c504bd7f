"""`asterism version`."""

from importlib.metadata import version

import click

from asterism.cli import options
from asterism.cli.render import output
from asterism.config import hardware, versions


@click.command(help="Print the versions of Asterism and of what its nodes run, and on what.")
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
    providers = [{"name": name, "labels": list(of)} for name, of in hardware.PROVIDERS.items()]
    machines = ", ".join(" ".join((name, *of)) for name, of in hardware.PROVIDERS.items())
    result = output.Result(
        "Version",
        {"versions": found, "machineProviders": providers},
        rows=[*map(list, found.items()), ["machines", machines]],
        names=[found["asterism"]],
    )
    output.show(result, options.settings())
