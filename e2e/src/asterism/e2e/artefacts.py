"""What a failed test leaves for whoever has to find out why."""

import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from asterism.e2e.cluster import Cluster
from asterism.errors import Error


def folder_for(test: str, top: Path) -> Path:
    """A folder of the test's own below `top`, made if need be."""
    top.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = top / re.sub(r"[^A-Za-z0-9_.-]+", "-", test).strip("-")[-120:]
    folder.mkdir(exist_ok=True)
    return folder


def collect(cluster: Cluster, into: Path) -> None:
    """Console logs, journals, the machines' own logs, captures and what Kubernetes says.

    Nothing stops it: a part that cannot be read says why in its file.
    """
    folder = into / cluster.name
    folder.mkdir(exist_ok=True)
    _write(folder / "status.txt", lambda: cluster.asterism("cluster", "status", cluster.name))
    _write(folder / "objects.txt", lambda: cluster.kubectl("get", "all", "-A", "-o", "wide"))
    _write(folder / "events.txt", lambda: cluster.kubectl("get", "events", "-A"))
    _write(folder / "describe.txt", lambda: cluster.kubectl("describe", "nodes"))
    for capture in cluster.captures:
        if capture.file.exists():  # recording begins with the cluster's network
            shutil.copy(capture.file, folder)
    for machine in cluster.machines:
        _write(folder / f"{machine.name}.journal", machine.journal)
        for log in machine.folder.path.glob("*.log"):
            _write(folder / f"{machine.name}.{log.name}", partial(log.read_text, errors="replace"))


def _write(path: Path, produce: Callable[[], str]) -> None:
    try:
        text = produce()
    except (Error, OSError, LookupError, ValueError, AssertionError) as exc:
        text = f"could not be read: {exc}\n"
    path.write_text(text)
