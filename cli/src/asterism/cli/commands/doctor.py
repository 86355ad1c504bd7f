"""`asterism doctor`."""

from typing import TYPE_CHECKING

import click

from asterism.cli import options
from asterism.cli.render import output, text
from asterism.config import hardware
from asterism.errors import ExitCode

if TYPE_CHECKING:
    from asterism.machine.preflight import Check

HELP = """Check what this computer must offer; every failed check says how to mend it.

The names are those that `cluster create --ignore-check` takes. What is only advised does not count
as failed.
"""


@click.command(help=HELP)
@options.output()
@options.manners
def command() -> int:
    """Check the host."""
    from asterism.machine import preflight

    checks = preflight.checks(control_planes=1, workers=1)
    failed = any(check.refuses for check in checks)
    result = output.Result(
        "Diagnosis",
        {
            "ok": not failed,
            "labels": list(hardware.LABELS),
            "checks": [check.document() for check in checks],
        },
        names=[check.name for check in checks],
        prose="\n".join([*map(_line, checks), f"machines: {', '.join(hardware.LABELS)}"]),
    )
    output.show(result, options.settings())
    return ExitCode.HOST_PRECONDITION if failed else ExitCode.OK


def _line(check: "Check") -> str:
    if check.ok:
        return f"{text.mark('done')} {check.name}: {check.found}"
    sign = text.mark("failed" if check.refuses else "note")
    may = ", may be ignored" if check.weight == "ignorable" else ""
    word = "fix" if check.refuses else "advice"
    return f"{sign} {check.name}: {check.found}\n    [{check.error_id}{may}] {word}: {check.fix}"
