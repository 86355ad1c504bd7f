"""Hosts that run other code than ours. A real host may run anything; so may this one.

The command line is genuine. What it starts on the host finds a `sitecustomize` module of the test's
own, which Python imports at its start and which changes the machine's process before it begins.
"""

from dataclasses import replace
from pathlib import Path

from asterism.e2e.home import Home

FOLDER = Path(__file__).parents[3] / "suites/refusals/hosts"


def on_host(home: Home, code: Path) -> Home:
    """The same owner on a host that runs the `sitecustomize` in `code`."""
    assert (code / "sitecustomize.py").is_file(), code
    return replace(home, host_code=code)
