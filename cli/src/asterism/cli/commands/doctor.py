"""`asterism doctor`."""

from typing import TYPE_CHECKING

import click

from asterism.cli import options
from asterism.cli.render import output, text
from asterism.errors import ExitCode

if TYPE_CHECKING:
    from asterism.machine.preflight import Check


@click.command(help="Check what this computer must offer; every failed check says how to mend it.")
@options.output("table", "json", "yaml")
@options.manners
def command() -> int:
    """Check the host."""
    from asterism.machine import preflight

    checks = preflight.checks(control_planes=1, workers=1)
    failed = [check for check in checks if not check.ok]
    result = output.Result(
        "Diagnosis",
        {
            "ok": not failed,
            "checks": [
                {"name": c.name, "ok": c.ok, "found": c.found, "error": c.error_id, "fix": c.fix}
                for c in checks
            ],
        },
        prose="\n".join(_line(check) for check in checks),
    )
    output.show(result, options.settings())
    return ExitCode.HOST_PRECONDITION if failed else ExitCode.OK


def _line(check: "Check") -> str:
    sign = text.mark("done" if check.ok else "failed")
    line = f"{sign} {check.name}: {check.found}"
    return line if check.ok else f"{line}\n    [{check.error_id}] fix: {check.fix}"
