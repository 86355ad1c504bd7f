"""Makes clusters for tests and makes sure that they are gone afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from asterism.config import paths
from asterism.e2e.cluster import Cluster
from asterism.e2e.home import Home
from asterism.errors import Error

DELETE_TIMEOUT = 60.0
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a test asks for. `image` is a folder of a node image, None for the newest."""

    workers: int = 1
    control_planes: int = 1
    image: Path | None = None
    tee: str = "snp"
    name: str | None = None


@dataclass
class ClusterFactory:
    """Creates clusters for one owner; `close` deletes every one of them, finished or not."""

    home: Home
    made: list[Cluster] = field(default_factory=list)

    def create(self, wanted: Wanted | None = None) -> Cluster:
        """A running cluster; raises what `asterism cluster create` failed with."""
        wanted = wanted or Wanted()
        cluster = self.adopt(wanted.name or unique_name())
        self.home.asterism("cluster", "create", cluster.name, *create_arguments(wanted))
        return cluster

    def adopt(self, name: str) -> Cluster:
        """A handle to a cluster that the test itself creates; it is deleted all the same."""
        cluster = Cluster(name, self.home)
        self.made.append(cluster)
        return cluster

    def close(self) -> None:
        """Delete all that were made; tries every one before it raises the first failure."""
        failures = [exc for cluster in self.made if (exc := _delete(cluster)) is not None]
        self.made.clear()
        if failures:
            raise failures[0]

    @contextmanager
    def __call__(self, wanted: Wanted | None = None) -> Iterator[Cluster]:
        """A cluster for the length of a `with` block."""
        cluster = self.create(wanted)
        try:
            yield cluster
        finally:
            self.made.remove(cluster)
            cluster.asterism("cluster", "delete", cluster.name, "--yes", timeout=DELETE_TIMEOUT)


def unique_name() -> str:
    """A cluster name that no other run on this host has."""
    while True:
        name = f"t{os.getpid():x}-{next(_numbers)}"
        if not paths.cluster_dir(name).exists():
            return name


def create_arguments(wanted: Wanted) -> list[str]:
    """The options of `asterism cluster create` for what a test wants."""
    settings = {
        "nodes.controlPlanes": wanted.control_planes,
        "nodes.workers": wanted.workers,
        "nodes.tee": wanted.tee,
    }
    arguments = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    if wanted.image is not None:
        arguments += ["--image", str(wanted.image)]
    return arguments


def _delete(cluster: Cluster) -> Error | None:
    try:
        cluster.asterism("cluster", "delete", cluster.name, "--yes", timeout=DELETE_TIMEOUT)
    except Error as exc:
        return exc
    return None
