"""What a cluster could leave behind on the host, listed before and after.

Other sessions may make and delete clusters on the same host meanwhile: what their clusters explain
is no business of a session that asks for its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

from asterism.e2e import traces
from asterism.e2e.traces import Trace


@dataclass(frozen=True, slots=True)
class Footprint:
    """Everything on a host that a cluster may have made."""

    processes: frozenset[str]
    mounts: frozenset[str]
    namespaces: frozenset[str]
    links: frozenset[str]
    loops: frozenset[str]
    cgroups: frozenset[str]
    state: frozenset[str]

    @classmethod
    def of_host(cls, *, ours: Callable[[str], bool] = lambda _: True) -> "Footprint":
        """The footprint now, without what comes from clusters that are not `ours`.

        What no cluster on record explains is always in it.
        """
        recorded = traces.clusters_on_record()
        found = {
            "processes": list(traces.running()),
            "mounts": list(traces.mounts()),
            "namespaces": list(traces.namespaces()),
            "links": list(traces.links()),
            "loops": list(traces.loops()),
            "cgroups": list(traces.cgroups()),
            "state": list(traces.state()),
        }
        # Clusters begin and end while we look.
        recorded |= traces.clusters_on_record()
        others = [name for name in recorded if not ours(name)]
        return cls(**{kind: _without(others, things) for kind, things in found.items()})

    def added_since(self, before: "Footprint") -> dict[str, list[str]]:
        """What is there now and was not before, by kind; empty if nothing is."""
        return _difference(self, before)

    def missing_since(self, before: "Footprint") -> dict[str, list[str]]:
        """What was there before and is not now, by kind; empty if nothing is."""
        return _difference(before, self)


def _without(others: list[str], things: Iterable[Trace]) -> frozenset[str]:
    return frozenset(
        trace.what for trace in things if not any(trace.mentions(name) for name in others)
    )


def _difference(have: Footprint, other: Footprint) -> dict[str, list[str]]:
    found = {
        field.name: sorted(getattr(have, field.name) - getattr(other, field.name))
        for field in fields(Footprint)
    }
    return {kind: names for kind, names in found.items() if names}
