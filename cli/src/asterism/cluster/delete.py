"""`cluster delete`: removes whatever there is of a cluster, however far it had come.

Safe to repeat, and needs no readable record: the provider finds its leavings by the names alone.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from asterism.cluster import host, kubeconfig, pin, state
from asterism.cluster.events import Watcher, step
from asterism.cluster.home import OwnerHome
from asterism.cluster.names import require_cluster_name
from asterism.cluster.privilege import require_root
from asterism.config import paths
from asterism.errors import Error


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was removed."""

    name: str
    existed: bool
    machines: tuple[str, ...]
    kubeconfigs: tuple[Path, ...]


def delete(name: str, home: OwnerHome, watch: Watcher) -> Deleted:
    """Delete the cluster `name`; nothing happens if there is none."""
    require_cluster_name(name)
    existed = state.is_begun(name)
    machines: tuple[str, ...] = ()
    if existed:
        require_root()
        with state.lock(name):
            recorded = _recorded_kubeconfig(name)
            with step(watch, "machines", "Delete machines and network") as running:
                machines = tuple(host.delete(name))
                running.text = ", ".join(machines)
            shutil.rmtree(paths.cluster_dir(name), ignore_errors=True)
    else:
        recorded = None
    removed = kubeconfig.remove(home, name, recorded)
    pin.remove(home, name)
    return Deleted(name, existed, machines, tuple(removed))


def _recorded_kubeconfig(name: str) -> Path | None:
    try:
        recorded = state.load(name).kubeconfig
    except Error:
        return None
    return Path(recorded) if recorded else None
