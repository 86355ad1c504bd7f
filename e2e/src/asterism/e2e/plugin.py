"""The pytest plugin `asterism`: confidential clusters as fixtures.

`confidential_cluster` is the shared cluster of the session (one control plane, one worker),
`clusters` makes others that live as long as the test. Both need root; without it their tests are
skipped. The plugin is loaded into every pytest run of its environment, so it imports next to
nothing by itself.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from asterism.e2e.cluster import Cluster
    from asterism.e2e.factory import ClusterFactory
    from asterism.e2e.home import Home

_FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def asterism_home(tmp_path_factory: pytest.TempPathFactory) -> "Home":
    """A home of the test session's own, which trusts the emulated makers of this host."""
    from asterism.e2e.home import Home

    _require_root()
    home = Home.make(tmp_path_factory.mktemp("home"))
    home.asterism("trust", "import", "--emulated")
    return home


@pytest.fixture(scope="session")
def _session_clusters(asterism_home: "Home") -> "Iterator[ClusterFactory]":
    from asterism.e2e.factory import ClusterFactory

    factory = ClusterFactory(asterism_home)
    yield factory
    factory.close()


@pytest.fixture(scope="session")
def _shared_cluster(_session_clusters: "ClusterFactory") -> "Cluster":
    cluster = _session_clusters.create()
    cluster.wait_ready()
    return cluster


@pytest.fixture
def confidential_cluster(
    request: pytest.FixtureRequest, _shared_cluster: "Cluster"
) -> "Iterator[Cluster]":
    """The session's shared cluster, running. Leave it as you found it."""
    yield _shared_cluster
    _collect_if_failed(request.node, [_shared_cluster])


@pytest.fixture
def clusters(request: pytest.FixtureRequest, asterism_home: "Home") -> "Iterator[ClusterFactory]":
    """Makes clusters that are deleted when the test ends, however it ends."""
    from asterism.e2e.factory import ClusterFactory

    factory = ClusterFactory(asterism_home)
    yield factory
    _collect_if_failed(request.node, factory.made)
    factory.close()


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails the test if the host holds more, or less, of Asterism's than before it."""
    from asterism.e2e.leaks import Footprint
    from asterism.e2e.waiting import eventually

    before = Footprint.of_host()
    yield

    def expect_no_change() -> None:
        after = Footprint.of_host()
        assert not after.added_since(before), f"left behind: {after.added_since(before)}"
        assert not before.added_since(after), f"taken away: {before.added_since(after)}"

    eventually(expect_no_change, within=3)


@pytest.fixture(scope="session")
def image_folder() -> Path:
    """The node image that clusters boot."""
    from asterism.cluster import image
    from asterism.e2e.factory import Wanted
    from asterism.errors import UserError

    try:
        return image.find(Wanted().image).directory
    except UserError as exc:
        pytest.skip(f"no node image, run `make image`: {exc}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember for the fixtures that a test failed."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


def _collect_if_failed(item: pytest.Item, clusters: "list[Cluster]") -> None:
    if not item.stash.get(_FAILED, False):
        return
    from asterism.e2e import artefacts

    folder = artefacts.folder_for(item.nodeid)
    for cluster in clusters:
        artefacts.collect(cluster, folder)
    item.add_report_section("teardown", "artefacts", str(folder))


def _require_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("clusters of emulated machines need root")
