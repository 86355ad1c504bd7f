"""Footprints of the host, and whose they are."""

from dataclasses import fields, replace

import pytest

from asterism.e2e.leaks import Footprint
from asterism.e2e.traces import Trace
from asterism.machine.providers.sandbox import network

NOTHING = Footprint(*[frozenset[str]() for _ in fields(Footprint)])


@pytest.mark.parametrize("kind", [field.name for field in fields(Footprint)])
def test_every_kind_of_leak_is_seen(kind: str) -> None:
    """One thing more of any kind is named; the same thing taken away is seen too."""
    more = replace(NOTHING, **{kind: frozenset({"a leak"})})
    assert more.added_since(NOTHING) == {kind: ["a leak"]}
    assert NOTHING.missing_since(more) == {kind: ["a leak"]}


@pytest.mark.parametrize(
    "what",
    [
        "/var/lib/asterism/clusters/t1-1",
        "/sys/fs/cgroup/asterism/t1-1.t1-1-worker-1",
        "/run/asterism/t1-1.lock",
        "/run/asterism-x8f3.t1-1",
        "77/1234 swtpm socket --tpmstate dir=/var/lib/asterism/clusters/t1-1/machines/m/tpm",
        network.namespace_of("t1-1"),
    ],
)
def test_a_trace_belongs_to_the_cluster_that_it_names(what: str) -> None:
    """Paths, labels, command lines and derived names all say whose they are."""
    assert Trace(what).mentions("t1-1")
    assert not Trace(what).mentions("t1")
    assert not Trace(what).mentions("t1-11")


def test_a_trace_belongs_to_whatever_its_origin_names() -> None:
    """A process counts to the cluster that its ancestors were started for."""
    assert Trace("80/1 python -m asterism.machine start", "asterism cluster create me").mentions(
        "me"
    )


@pytest.mark.root
def test_the_host_can_be_read() -> None:
    """Two footprints of a host at rest hold the same links and loop devices."""
    first, second = Footprint.of_host(), Footprint.of_host()
    assert first.links == second.links
    assert first.loops == second.loops
