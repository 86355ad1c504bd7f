"""Makes clusters for tests and makes sure that they are gone afterwards."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from asterism.config import paths
from asterism.e2e.capture.underlay import underlay
from asterism.e2e.cluster import Cluster
from asterism.e2e.home import Home
from asterism.errors import Error

DELETE_TIMEOUT = 60.0
_numbers = count(1)
_ours: set[str] = set()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a test asks for. `image` is an ID or a folder; without one the factory's is taken."""

    workers: int = 1
    control_planes: int = 1
    image: str | None = None
    tee: str = "snp"
    name: str | None = None

    def arguments(self) -> list[str]:
        """The options of `asterism cluster create` that say so."""
        settings = (
            f"nodes.controlPlanes={self.control_planes}",
            f"nodes.workers={self.workers}",
            f"nodes.tee={self.tee}",
        )
        image = ["--image", self.image] if self.image else []
        return [*image, *(word for item in settings for word in ("--set", item))]


@dataclass
class ClusterFactory:
    """Creates clusters for one owner; `close` deletes every one of them, finished or not."""

    home: Home
    image: str = "current"
    captures: Path | None = None
    """Where the underlay of every cluster is recorded, if anywhere."""
    made: list[Cluster] = field(default_factory=list)
    """Those that are not deleted yet."""
    names: list[str] = field(default_factory=list)
    """Of all that were ever asked for."""
    _recorders: dict[str, ExitStack] = field(default_factory=dict)

    def for_one_test(self) -> "ClusterFactory":
        """Another factory of the same owner, which answers for its own clusters only."""
        return ClusterFactory(self.home, self.image, self.captures)

    def create(self, wanted: Wanted | None = None) -> Cluster:
        """A running cluster; raises what `asterism cluster create` failed with."""
        wanted = wanted or Wanted()
        wanted = replace(wanted, image=wanted.image or self.image)
        cluster = self.adopt(wanted.name or unique_name())
        done = self.home.asterism(
            "cluster", "create", cluster.name, *wanted.arguments(), "-o", "json"
        )
        cluster.steps.extend(ended_steps(done.text))
        return cluster

    def adopt(self, name: str) -> Cluster:
        """A handle to a cluster that the test itself creates; it is deleted all the same."""
        cluster = Cluster(name, self.home)
        self.made.append(cluster)
        self.names.append(name)
        _ours.add(name)
        self._record(cluster)
        return cluster

    def delete(self, cluster: Cluster) -> None:
        """Delete one of the clusters now."""
        cluster.asterism("cluster", "delete", cluster.name, "--yes", timeout=DELETE_TIMEOUT)
        self.made.remove(cluster)
        self._recorders.pop(cluster.name, ExitStack()).close()

    def close(self) -> None:
        """Delete all that were made; tries every one before it raises the first failure."""
        failures: list[Error] = []
        for cluster in list(self.made):
            try:
                self.delete(cluster)
            except Error as exc:
                failures.append(exc)
        if failures:
            raise failures[0]

    @contextmanager
    def __call__(self, wanted: Wanted | None = None) -> Iterator[Cluster]:
        """A cluster for the length of a `with` block."""
        cluster = self.create(wanted)
        yield cluster
        self.delete(cluster)

    def _record(self, cluster: Cluster) -> None:
        if self.captures is not None:
            recorder = self._recorders.setdefault(cluster.name, ExitStack())
            cluster.captures.append(
                recorder.enter_context(
                    underlay(cluster.name, self.captures / f"{cluster.name}.pcap")
                )
            )


def asked_for_later() -> Callable[[str], bool]:
    """Says of a name whether this process asked for its cluster after this call."""
    before = frozenset(_ours)
    return lambda name: name in _ours and name not in before


def unique_name() -> str:
    """A cluster name that no other run on this host has."""
    while True:
        name = f"t{os.getpid():x}-{next(_numbers)}"
        if not paths.cluster_dir(name).exists():
            return name


def events(output: str) -> Iterator[dict[str, Any]]:
    """The JSON events that `asterism cluster create -o json` writes, one a line."""
    for line in output.splitlines():
        yield json.loads(line)


def ended_steps(output: str) -> list[str]:
    """Names of the steps that ended well, in the order in which they did."""
    return [
        event["step"]
        for event in events(output)
        if event.get("type") == "step" and event["state"] == "done"
    ]
