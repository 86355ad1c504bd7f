"""`asterism cluster create` and `delete` of one control plane and one worker, warm."""

from collections.abc import Iterator
from contextlib import contextmanager

from asterism import clock
from asterism.e2e.bench.table import Row
from asterism.e2e.bench.watching import Readiness, from_host, watching
from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import DELETE_TIMEOUT, Wanted, events, unique_name
from asterism.e2e.home import Home


class Creation:
    """One creation: when the cluster was ready, when the command was, and each step's seconds."""

    def __init__(self, home: Home) -> None:
        self.cluster = Cluster(unique_name(), home)
        self.readiness: Readiness
        self.command: float
        self.ansible: float
        self.steps: dict[str, float]

    def run(self) -> None:
        """Create the cluster; the observer watches as it watches the plain peer."""
        with watching(from_host(self.cluster.home.kubeconfig, 2)) as readiness:
            began = clock.monotonic()
            words = ["cluster", "create", self.cluster.name, *Wanted().arguments(), "-o", "json"]
            done = self.cluster.home.asterism(*words)
            self.command = clock.monotonic() - began
            self.readiness = readiness()
        *steps, result = events(done.text)
        self.ansible = result["ansibleMs"] / 1000
        self.steps = {e["step"]: e["ms"] / 1000 for e in steps if e["state"] == "done"}

    def delete(self) -> float:
        """Seconds that `asterism cluster delete` takes."""
        began = clock.monotonic()
        name = self.cluster.name
        self.cluster.asterism("cluster", "delete", name, "--yes", timeout=DELETE_TIMEOUT)
        return clock.monotonic() - began


@contextmanager
def created(home: Home) -> Iterator[Creation]:
    """A measured cluster, deleted when the body fails."""
    creation = Creation(home)
    try:
        creation.run()
        yield creation
    except BaseException:
        creation.delete()
        raise


def creation_rows(ours: list[Creation], plain: list[Readiness]) -> list[Row]:
    """Means of several runs of both, their ratio, and where the time went."""
    nodes = _mean([run.readiness.nodes for run in ours])
    dns = _mean([run.readiness.dns for run in ours])
    plain_nodes, plain_dns = _mean([p.nodes for p in plain]), _mean([p.dns for p in plain])
    return [
        Row("create 1+1: all nodes Ready", nodes, goal="9"),
        Row("create 1+1: CoreDNS rolled out", dns, goal="13"),
        Row("create 1+1: the command itself", _mean([run.command for run in ours])),
        Row("create 1+1: Ansible's share of it", _mean([run.ansible for run in ours])),
        Row("plain kubeadm 1+1: all nodes Ready", plain_nodes),
        Row("plain kubeadm 1+1: CoreDNS rolled out", plain_dns),
        Row("ratio to plain, all nodes Ready", nodes / plain_nodes, "", "1.10"),
        Row("ratio to plain, CoreDNS rolled out", dns / plain_dns, "", "1.10"),
        *(Row(f"step {name}", _mean([run.steps[name] for run in ours])) for name in ours[0].steps),
    ]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
