"""What the command line tells about a fault: the error document of a command that failed."""

import json
from typing import Any

from asterism.e2e.cluster import Cluster


def error_of(cluster: Cluster, *arguments: str) -> dict[str, Any]:
    """Run `asterism ARGUMENTS`, which must fail; the error that it ends with, as JSON."""
    done = cluster.home.asterism("--log-format", "json", *arguments, check=False)
    shown = done.stderr.decode(errors="replace")
    assert done.returncode != 0, f"{arguments} did not fail: {done.text}"
    errors = [json.loads(line) for line in shown.splitlines() if '"error"' in line]
    assert errors, shown
    error: dict[str, Any] = errors[-1]
    assert error["hint"], error
    return error
