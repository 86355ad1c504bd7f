"""`cluster delete`: removes whatever there is of a cluster, however far it had come.

Safe to repeat, and needs no readable record: the provider finds its leavings by the names alone.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
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
    """Delete the cluster `name`; nothing happens if there is none.

    UserError CLU-002 while another command works on it, KCF-* when a kubeconfig cannot be changed:
    then nothing was deleted.
    """
    require_cluster_name(name)
    with _held_if_begun(name) as existed:
        machines, kubeconfigs = remove(name, home, watch, existed=existed)
    return Deleted(name, existed, machines, kubeconfigs)


def remove(
    name: str, home: OwnerHome, watch: Watcher, *, existed: bool = True
) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """The same for a caller that holds the cluster's lock: machines and kubeconfigs it was in."""
    # First what may refuse; the record of where the entries are goes last.
    kubeconfigs = kubeconfig.remove(home, name, _recorded_kubeconfig(name))
    machines: tuple[str, ...] = ()
    if existed:
        with step(watch, "machines", "Delete machines and network") as running:
            machines = tuple(host.delete(name))
            running.text = ", ".join(machines)
    pin.remove(home, name)
    shutil.rmtree(paths.cluster_dir(name), ignore_errors=True)
    return machines, tuple(kubeconfigs)


@contextmanager
def _held_if_begun(name: str) -> Iterator[bool]:
    """Whether there is anything of it here, which only root may remove; then its lock is held."""
    if not state.is_begun(name):
        yield False
        return
    require_root()
    with state.lock(name, "asterism cluster delete"):
        yield True


def _recorded_kubeconfig(name: str) -> Path | None:
    try:
        recorded = state.load(name).kubeconfig
    except Error:
        return None
    return Path(recorded) if recorded else None
